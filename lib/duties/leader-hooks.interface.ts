import type { Leadership, LossReason } from '../core/model/leadership.js';

/**
 * Implement this in a provider with `@LeaderOnly()` to start duties when this instance is elected.
 *
 * @example
 * ```ts
 * export class Importer implements OnElected, OnDemoted {
 *   constructor(private readonly consumer: Consumer) {}
 *
 *   onElected() {
 *     this.consumer.start();
 *   }
 *
 *   async onDemoted() {
 *     await this.consumer.stop();
 *   }
 * }
 * ```
 */
export interface OnElected {
  /**
   * Starts duties and returns. The next provider's hook and the leader-only jobs wait for it; after 10 seconds, a
   * warning is logged. Start a loop or a consumer without awaiting it, and wait for its end in `onDemoted`.
   * `leadership.signal` aborts when the leadership is lost. If the hook throws, this instance steps down and lets
   * another one lead.
   *
   * Check the signal after each `await`: nothing stops what you set up long after it has aborted.
   */
  onElected(leadership: Leadership): void | Promise<void>;
}

/** Implement this in a provider with `@LeaderOnly()` to stop duties at a demotion. See {@link OnElected}. */
export interface OnDemoted {
  /**
   * Stops what `onElected` started, and returns when it has really stopped. The lock is released after that. Called
   * once for each call of `onElected`, in reverse order, each after the previous hook and its own `onElected` have
   * returned. After half of `stopTimeout`, all remaining hooks are called at once, even if their `onElected` is still
   * running.
   */
  onDemoted(leadership: Leadership, reason: LossReason): void | Promise<void>;
}
