import type { Clock, Instant } from '../time/clock.js';

/** What time services correct without anybody having set the clock, in milliseconds. */
const SET_BACK = 1_000;

/**
 * For how long this instance may trust that its session, and with it every lock the session holds, is still its own.
 *
 * The trust runs from the moment a statement was *sent* that was then answered, never from the answer: the server's own
 * timeout (`leaseDuration`, longer than ours) restarts when it handles the statement, which is after the sending. So our
 * trust always ends before the server could give the lock to another.
 *
 * `LeaseWatchdog` decides what happens when the time is over.
 *
 * @internal
 */
export class Lease {
  #confirmed: Instant;

  /**
   * @param confirmed when the first answered statement was sent
   * @param renewDeadline milliseconds of trust from the sending of an answered statement
   */
  constructor(
    readonly clock: Clock,
    readonly renewDeadline: number,
    confirmed: Instant,
  ) {
    this.#confirmed = confirmed;
  }

  /** When the last answered statement was sent. */
  get confirmedAt(): Instant {
    return this.#confirmed;
  }

  /** Milliseconds on the monotonic clock since the last answered statement was sent. */
  get age(): number {
    return this.clock.now().monotonic - this.#confirmed.monotonic;
  }

  /** Takes note that a statement sent at `sentAt` was answered. */
  confirm(sentAt: Instant): void {
    this.#confirmed = sentAt;
  }

  /** Whether the trust still holds at this instant, by both clocks. */
  get isConfirmed(): boolean {
    const now = this.clock.now();
    const monotonic = now.monotonic - this.#confirmed.monotonic;
    const wall = now.wall - this.#confirmed.wall;
    // A wall clock that was set back would hide a suspension of that length. That of a smaller step can't be noticed: both
    // clocks then agree on too little time, as if both had stood still.
    return monotonic < this.renewDeadline && wall < this.renewDeadline && wall > -SET_BACK;
  }
}
