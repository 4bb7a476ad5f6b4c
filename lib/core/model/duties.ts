import type { Leadership, LossReason } from './leadership.js';

/**
 * What a leader does. The election starts and stops it, and knows no more about it.
 *
 * @internal
 */
export interface Duties {
  /**
   * Starts the duties of a term. `heartbeatNow` is called when a duty begins that a successor would have to catch up on. A
   * rejection means that this instance can't lead: it steps down with `error`.
   */
  start(leadership: Leadership, heartbeatNow: () => void): Promise<void>;
  /**
   * Ends the duties of a term. Whatever can be stopped at once is stopped before this returns; the promise resolves
   * when everything has really ended, and never rejects.
   *
   * @param hurry aborts when half of the time for stopping is gone: whatever waits for its turn to be stopped is stopped
   *   at once, since the lock is released at the end of that time
   */
  stop(leadership: Leadership, reason: LossReason, hurry: AbortSignal): Promise<void>;
  /**
   * The first moment after `seenAt` at which a duty is due that a successor has to catch up on, both in wall clock
   * milliseconds; undefined when there is none. Left out: there never is.
   */
  nextDue?(seenAt: number): number | undefined;
  /** Names what `stop` is still waiting for. */
  unfinished(leadership: Leadership): readonly string[];
}
