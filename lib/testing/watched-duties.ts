import type { Duties } from '../core/model/election-setup.js';
import type { Leadership, LossReason } from '../core/model/leadership.js';
import { aborted, deferred, type Deferred } from '../core/time/wait.js';

/**
 * Wraps the duties of an election, so that a test can wait for their start and make them fail later.
 *
 * Without `nextDue`: no other leader holds the lock here whose signs of life could be watched.
 */
export class WatchedDuties implements Duties {
  readonly #duties: Duties;
  readonly #starts = new WeakMap<Leadership, Promise<void>>();
  #failure: Deferred<Error> = deferred();

  constructor(duties: Duties) {
    this.#duties = duties;
  }

  /** Settles as the start of the duties does; resolves if they were never started. */
  async started(leadership: Leadership): Promise<void> {
    await this.#starts.get(leadership);
  }

  /** Makes the duties of the current leadership fail, as if `onElected` had thrown. */
  fail(error: Error): void {
    this.#failure.resolve(error);
  }

  /** An election treats a rejection at any time as a failure, so this settles only when the leadership is over. */
  async start(leadership: Leadership, heartbeatNow: () => void): Promise<void> {
    this.#failure = deferred();
    const failed = this.#failure.promise.then((error) => Promise.reject(error));
    const started = this.#duties.start(leadership, heartbeatNow);
    this.#starts.set(leadership, started);
    await Promise.race([failed, started.then(() => aborted(leadership.signal))]);
  }

  stop(leadership: Leadership, reason: LossReason, hurry: AbortSignal): Promise<void> {
    return this.#duties.stop(leadership, reason, hurry);
  }

  unfinished(leadership: Leadership): readonly string[] {
    return this.#duties.unfinished(leadership);
  }
}
