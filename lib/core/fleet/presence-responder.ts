import type { InstanceReport } from '../model/instance-report.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';
import type { Session } from '../session/session.js';

/** Instances answer within, and at the most every, so many milliseconds. */
const ANSWER_WITHIN = 250;
const ANSWER_EVERY = 500;

/**
 * Who is there? Whoever looks at the fleet from outside asks, and every instance answers: leaders, heirs, standbys and
 * observers. The answers go where only those listen who ask, so that none of them reaches the whole fleet.
 *
 * @internal
 */
export class PresenceResponder {
  readonly #answer: Throttle;

  constructor(session: Session, report: () => InstanceReport, random: Random) {
    const { clock } = session;
    const pace = { clock, random, within: ANSWER_WITHIN, every: ANSWER_EVERY };
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
