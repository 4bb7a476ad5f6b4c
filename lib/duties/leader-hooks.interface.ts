import type { Leadership, LossReason } from '../core/model/leadership.js';

/** A provider that is decorated with `@LeaderOnly()` and wants to know when this instance is elected. */
export interface OnElected {
  /**
   * Starts duties and returns; the next provider's hook and the leader-only jobs wait for it, and after 10 seconds the log
   * says so. A loop or a consumer is started here and not awaited; `onDemoted` waits for its end. `leadership.signal` aborts
   * when the leadership is lost. Throwing means that this instance can't lead: it steps down and lets another lead.
   *
   * Look at the signal after waiting: what is set up long after it has aborted, nobody stops.
   */
  onElected(leadership: Leadership): void | Promise<void>;
}

/** A provider that is decorated with `@LeaderOnly()` and wants to know when this instance no longer leads. */
export interface OnDemoted {
  /**
   * Stops what `onElected` started and returns when it has really stopped; only then is the lock released. Called once
   * for each `onElected` that was called, before the lock is released: in reverse order, each after the hook before it and
   * its own `onElected` have returned. When half of `stopTimeout` is gone, all that are left are called at once, also while
   * their `onElected` is still under way.
   */
  onDemoted(leadership: Leadership, reason: LossReason): void | Promise<void>;
}
