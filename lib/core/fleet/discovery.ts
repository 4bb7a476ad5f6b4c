import type { Election } from '../election/election.js';
import type { InstanceReport } from '../model/instance-report.js';
import type { Session } from '../session/session.js';
import type { Cancel } from '../time/clock.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';

/**
 * New instances ask after a random delay of up to this many milliseconds, so that one question and its answers serve
 * many.
 */
const ASK_WITHIN = 200;
/** The longest random delay of an answer of a leader, and of an instance report, in milliseconds. */
const ANSWER_WITHIN = 100;
const REPORT_WITHIN = 250;
/** The shortest time between two answers, in milliseconds. */
const ANSWER_EVERY = 500;

/**
 * Finds out who leads. A new instance has missed the announcement of the current leader, so it asks once, and all
 * leaders announce themselves again.
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

  /** Asks, unless all leaders are known by then or another instance asks first: all instances receive the answers. */
  ask(): void {
    this.#cancelQuestion = this.#session.clock.after(ASK_WITHIN * this.#random(), () => {
      if (this.#elections.every((election) => election.leader)) return;
      this.#session
        .run((connection) => connection.announce([{ type: 'who-leads' }]))
        .catch(() => undefined);
    });
  }

  /** Called when an instance asks. */
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
 * Answers the roll call of the command line. Every instance answers, whatever its role. The answers use a channel to
 * which only the command line listens, so they do not reach the whole fleet.
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

  /** Called on a roll call. */
  onQuestion(): void {
    this.#answer.ask();
  }
}
