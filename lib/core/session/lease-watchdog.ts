import type { Timings } from '../model/timings.js';
import type { Cancel, Clock } from '../time/clock.js';
import type { Lease } from './lease.js';

/**
 * How late a timer may be before we say that this process was not running (frozen, suspended, event loop blocked)
 * rather than that the timer was merely imprecise, in milliseconds.
 */
const TIMER_TOLERANCE = 20;

interface WatchdogSetup {
  readonly lease: Lease;
  readonly clock: Clock;
  readonly timings: Timings;
  /** When the statement was sent that is under way, in monotonic milliseconds. */
  readonly sentAt: () => number | undefined;
  /** The lease has run out. */
  readonly onUnconfirmed: () => void;
  /** It has run out only because this process was not running: asks the server whether the session still lives. */
  readonly ask: () => void;
  /** It has run out, and nothing is left to wait for. */
  readonly onExpired: () => void;
}

/**
 * Decides what becomes of a session whose lease has run out. Where the server did not answer in time, the session is given up.
 * Where this process was not running, the answer may lie unread in the socket, or the question was never asked: as long as the
 * session answers, the lock was never free. So a leader whose event loop was blocked gets a moment in which the server may answer.
 *
 * @internal
 */
export class LeaseWatchdog {
  readonly #setup: WatchdogSetup;
  #cancel: Cancel = () => undefined;

  constructor(setup: WatchdogSetup) {
    this.#setup = setup;
  }

  /** Watches until the lease runs out, by default counted from its last confirmation. */
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
   * How long the server gets to answer when the lease ran out only because this process was not running, in milliseconds. Half
   * of what lies between the two deadlines, so that duties keep the other half for stopping.
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
