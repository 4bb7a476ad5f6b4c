import type { Leadership } from '../core/model/leadership.js';

/** A provider that is decorated with `@LeaderOnly()` and wants to know when this instance is elected. */
export interface OnElected {
  /**
   * Starts duties and returns; the next provider's hook and the leader-only jobs wait for it. `leadership.signal` aborts
   * when the leadership is lost. Throwing means that this instance can't lead: it steps down and lets another lead.
   *
   * Look at the signal after waiting: what is set up long after it has aborted, nobody stops.
   */
  onElected(leadership: Leadership): void | Promise<void>;
}
