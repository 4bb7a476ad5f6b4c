import type { Clock, Instant } from '../time/clock.js';

/**
 * The largest backward step of the wall clock that counts as a normal correction by a time service, in milliseconds.
 */
const SET_BACK = 1_000;

/**
 * Tracks how long this instance may trust that its session, and so every lock of the session, is still alive.
 *
 * The lease counts from the moment at which an answered statement was *sent*, never from the answer. The timeout of the
 * server (`leaseDuration`, which is longer) restarts when it handles the statement, which is later than the sending. So
 * the lease always ends before the server can give the lock to another session.
 *
 * `LeaseWatchdog` decides what happens when the lease runs out.
 *
 * @internal
 */
export class Lease {
  #confirmed: Instant;

  /**
   * @param confirmed when the first answered statement was sent
   * @param renewDeadline the length of the lease from the sending of an answered statement, in milliseconds
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

  /** Notes that a statement sent at `sentAt` was answered. */
  confirm(sentAt: Instant): void {
    this.#confirmed = sentAt;
  }

  /** Whether the lease is confirmed at the time of the call, by both clocks. */
  get isConfirmed(): boolean {
    const now = this.clock.now();
    const monotonic = now.monotonic - this.#confirmed.monotonic;
    const wall = now.wall - this.#confirmed.wall;
    // A wall clock that was set back could hide a suspension of the same length. A suspension hidden by a smaller step
    // can't be detected: both clocks then show too little elapsed time.
    return monotonic < this.renewDeadline && wall < this.renewDeadline && wall > -SET_BACK;
  }
}
