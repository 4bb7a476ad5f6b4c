import type { Election } from '../election/election.js';
import type { InstanceReport } from '../model/instance-report.js';
import type { Session } from '../session/session.js';
import type { Cancel } from '../time/clock.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';

/** Newcomers ask within these many milliseconds, so that one question and its answers serve many. */
const ASK_WITHIN = 200;
/** Leaders say that they lead, and all instances who they are, within so many milliseconds. */
const ANSWER_WITHIN = 100;
const REPORT_WITHIN = 250;
/** And they do so at the most every so many milliseconds. */
const ANSWER_EVERY = 500;

/**
 * Who leads? A newcomer has missed the announcement of the current leader, so it asks once, and leaders introduce
 * themselves to everybody.
 *
 * @internal
 */
export class LeaderDiscovery {
  readonly #session: Session;
  readonly #elections: readonly Election[];
  readonly #random: Random;
  readonly #answer: Throttle;
  #cancelQuestion: Cancel | undefined;

  constructor(session: Session, elections: readonly Election[], random: Random) {
    this.#session = session;
    this.#elections = elections;
    this.#random = random;
    const { clock } = session;
    const pace = { clock, random, within: ANSWER_WITHIN, every: ANSWER_EVERY };
    this.#answer = new Throttle(pace, () => this.#sendAnswer());
    session.onEnd(() => {
      this.#cancelQuestion?.();
      this.#answer.cancel();
    });
  }

  /** Asks, unless everything is known by then or another asks first: all instances receive the answer. */
  ask(): void {
    this.#cancelQuestion = this.#session.clock.after(ASK_WITHIN * this.#random(), () => {
      if (this.#elections.every((election) => election.leader)) return;
      this.#session
        .run((connection) => connection.announce([{ type: 'who-leads' }]))
        .catch(() => undefined);
    });
  }

  /** Somebody asks. */
  onQuestion(): void {
    this.#cancelQuestion?.();
    this.#answer.ask();
  }

  async #sendAnswer(): Promise<void> {
    const introductions = this.#elections.flatMap((election) => election.leadingMessage ?? []);
    if (introductions.length === 0) return;
    await this.#session.shared.announce(introductions);
  }
}

/**
 * Who is there? The command line asks, and every instance answers: leaders, heirs, standbys and
 * observers. The answers go where only those listen who ask, so that none of them reaches the whole fleet.
 *
 * @internal
 */
export class PresenceResponder {
  readonly #answer: Throttle;

  constructor(session: Session, report: () => InstanceReport, random: Random) {
    const { clock } = session;
    const pace = { clock, random, within: REPORT_WITHIN, every: ANSWER_EVERY };
    this.#answer = new Throttle(pace, () =>
      session.run((connection) => connection.sendReport(report())),
    );
    session.onEnd(() => {
      this.#answer.cancel();
    });
  }

  /** Somebody asks. */
  onQuestion(): void {
    this.#answer.ask();
  }
}
