import type { Timings } from '../model/timings.js';
import type { Cancel, Clock } from '../time/clock.js';
import type { Lease } from './lease.js';

/**
 * A timer that fires later than this, in milliseconds, shows that the process was not running (frozen, suspended, or
 * its event loop blocked). A smaller delay is normal imprecision.
 */
const TIMER_TOLERANCE = 20;

interface WatchdogSetup {
  readonly lease: Lease;
  readonly clock: Clock;
  readonly timings: Timings;
  /** When the pending statement was sent, in monotonic milliseconds. */
  readonly sentAt: () => number | undefined;
  /** Called when the lease has run out. */
  readonly onUnconfirmed: () => void;
  /**
   * Called when it ran out only because this process was not running. Sends a statement to find out if the session is
   * alive.
   */
  readonly ask: () => void;
  /** Called when it has run out and the session must be given up. */
  readonly onExpired: () => void;
}

/**
 * Decides what to do with a session whose lease has run out. If the server did not answer in time, the session is given
 * up. If this process was not running, the answer may be unread in the socket, or no heartbeat was sent. As long as the
 * session answers, the lock was never free. So after a blocked event loop, the server gets a grace period to answer.
 *
 * @internal
 */
export class LeaseWatchdog {
  readonly #setup: WatchdogSetup;
  #cancel: Cancel = () => undefined;

  constructor(setup: WatchdogSetup) {
    this.#setup = setup;
  }

  /** Starts or restarts the timer; by default, it fires when the lease runs out. */
  watch(milliseconds = this.#remaining): void {
    this.stop();
    const { clock } = this.#setup;
    const due = clock.now().monotonic + milliseconds;
    this.#cancel = clock.after(Math.max(0, milliseconds), () => {
      this.#onDue(due);
    });
  }

  stop(): void {
    this.#cancel();
  }

  get #remaining(): number {
    const { lease, timings } = this.#setup;
    return timings.renewDeadline - lease.age;
  }

  /**
   * The grace period for the server, in milliseconds, when the lease ran out only because this process was not running.
   * At most half of the time between the two deadlines; the other half remains for stopping the duties.
   */
  get #grace(): number {
    const { heartbeatInterval, renewDeadline, leaseDuration } = this.#setup.timings;
    return Math.min(heartbeatInterval, (leaseDuration - renewDeadline) / 2);
  }

  #onDue(due: number): void {
    const { ask, clock, lease, onExpired, onUnconfirmed, sentAt, timings } = this.#setup;
    // Timers may fire a fraction of a millisecond early.
    if (this.#remaining > 0) {
      this.watch();
      return;
    }
    onUnconfirmed();
    const now = clock.now().monotonic;
    const waited = now - (sentAt() ?? now);
    const wasNotRunning = now - due > TIMER_TOLERANCE || waited + TIMER_TOLERANCE < this.#grace;
    if (wasNotRunning && lease.age < timings.leaseDuration) {
      this.watch(Math.min(this.#grace, timings.leaseDuration - lease.age));
      ask();
    } else {
      onExpired();
    }
  }
}
