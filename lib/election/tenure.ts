import type { Clock } from './clock.js';
import { deferred } from './deferred.js';
import type { Duties } from './duties.js';
import type { ElectionLogger } from './logger.js';
import type { LossReason, Term } from './leadership.js';
import { pause } from './pause.js';
import type { Session } from './session.js';
import { stackOf, stringOf } from './thrown.js';
import type { Timings } from './timings.js';

interface TenureSetup {
  readonly name: string;
  readonly clock: Clock;
  readonly duties: Duties;
  readonly logger: ElectionLogger;
  readonly timings: Timings;
}

/**
 * A term of this instance, from the election to the release of the lock.
 *
 * @internal
 */
export class Tenure {
  readonly term: Term;
  readonly session: Session;
  readonly released = deferred();
  readonly #setup: TenureSetup;
  /** Resolves when the duties have ended; false when it is not certain that they have. */
  #stopping: Promise<boolean> = Promise.resolve(true);
  #servedUntil = Infinity;

  constructor(term: Term, session: Session, setup: TenureSetup) {
    this.term = term;
    this.session = session;
    this.#setup = setup;
  }

  get lasts(): boolean {
    return this.term.lost === undefined;
  }

  /** Whether this instance leads at this instant. */
  get isConfirmed(): boolean {
    return this.lasts && this.session.isConfirmed;
  }

  /** Until when its duties were served, in wall clock milliseconds. */
  get servedUntil(): number {
    return this.#servedUntil;
  }

  /** Ends the leadership at once, and begins to stop the duties. False when it had ended before. */
  end(reason: LossReason): boolean {
    const { term } = this;
    if (!term.end(reason)) return false; // From here on `isLeader` is false, and the term's signal is aborted.
    const { clock, duties, logger, name } = this.#setup;
    // An unconfirmed leader may not have been running since its last sign of life.
    const { isConfirmed, confirmedAt } = this.session.lease;
    this.#servedUntil = isConfirmed ? clock.now().wall : confirmedAt.wall;
    this.#stopping = duties.stop(term, reason).then(
      () => true,
      (error: unknown) => {
        logger.error(`Stopping the duties of "${name}" failed: ${stringOf(error)}`, stackOf(error));
        return false;
      },
    );
    logger.log(`No longer leading "${name}": term ${term.term} is over (${reason})`);
    return true;
  }

  /** Waits for the duties to end, up to `stopTimeout`. */
  async drain(): Promise<{ ended: boolean; unfinished: readonly string[] }> {
    const { clock, duties, logger, name, timings } = this.#setup;
    const timeUp = new AbortController();
    const ended = await Promise.race([
      this.#stopping,
      pause(clock, timings.stopTimeout, timeUp.signal, { keepsProcessAlive: true }).then(
        () => false,
      ),
    ]);
    timeUp.abort();
    if (ended) return { ended, unfinished: [] };
    const unfinished = duties.unfinished(this.term);
    logger.warn(
      `"${name}": abandoned after ${timings.stopTimeout} ms (stopTimeout), still running: ${unfinished.join(', ')}`,
    );
    return { ended, unfinished };
  }
}
