import type { Leadership, LossReason } from '../election/leadership.js';

/** A provider that is decorated with `@LeaderOnly()` and wants to know when this instance no longer leads. */
export interface OnDemoted {
  /**
   * Stops what `onElected` started and returns when it has really stopped; only then is the lock released. Called once
   * for each `onElected` that was called, in reverse order.
   */
  onDemoted(leadership: Leadership, reason: LossReason): void | Promise<void>;
}
