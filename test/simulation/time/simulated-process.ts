import type { Cancel, Clock, Instant } from '../../../lib/core/time/clock.js';
import type { Agenda } from './agenda.js';
import type { Randomness } from './randomness.js';

interface Timer {
  /** In monotonic milliseconds. */
  readonly due: number;
  readonly action: () => void;
  over: boolean;
}

/** How wrong a machine's clocks are. */
export interface ClockError {
  /** Milliseconds that its clocks count in a real millisecond. */
  readonly rate: number;
}

/** What the wall clocks of all machines show when virtual time begins. */
export const EPOCH = Date.UTC(2030, 0, 1);

/**
 * An operating system's process: its clocks, its timers, and what it is told from outside. While it is frozen nothing in
 * it runs, and what fell due waits: then Node runs the timers first, and reads its sockets afterwards.
 */
export class SimulatedProcess implements Clock {
  readonly #agenda: Agenda;
  readonly #random: Randomness;
  readonly #rate: number;
  /** When the clocks last changed their way of going, in virtual time, and what they showed. */
  #since: number;
  #shown: Instant;
  #monotonicStands = false;
  #wallStands = false;
  readonly #timers = new Set<Timer>();
  readonly #heldTimers: Timer[] = [];
  readonly #heldMessages: (() => void)[] = [];
  #frozen = false;
  #alive = true;
  #haltedAt: number | undefined;

  constructor(agenda: Agenda, random: Randomness, { rate }: ClockError) {
    this.#agenda = agenda;
    this.#random = random;
    this.#rate = rate;
    this.#since = agenda.now;
    this.#shown = { monotonic: 0, wall: EPOCH + agenda.now };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether code of this process can run at this instant. */
  get running(): boolean {
    return this.#alive && !this.#frozen;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** When it was frozen or killed, in virtual time; undefined while it runs. */
  get haltedAt(): number | undefined {
    return this.#haltedAt;
  }

  /** How many timers are set; a stopped instance must have none. */
  get timers(): number {
    return this.#timers.size;
  }

  /** As Node shows it: the wall clock in whole milliseconds. */
  now(): Instant {
    const { monotonic, wall } = this.#exactNow();
    return { monotonic, wall: Math.floor(wall) };
  }

  #exactNow(): Instant {
    const passed = (this.#agenda.now - this.#since) * this.#rate;
    return {
      monotonic: this.#shown.monotonic + (this.#monotonicStands ? 0 : passed),
      wall: this.#shown.wall + (this.#wallStands ? 0 : passed),
    };
  }

  after(milliseconds: number, action: () => void): Cancel {
    // Node counts whole milliseconds, at least one, and may be off by a fraction of one or a little late.
    const delay = Math.max(1, milliseconds) + this.#random.between(-0.5, 1);
    const timer: Timer = { due: this.now().monotonic + delay, action, over: false };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      timer.over = true;
      this.#timers.delete(timer);
    };
  }

  /** Something arrives from outside: a packet, a signal. */
  deliver(message: () => void): void {
    if (!this.#alive) return;
    if (this.#frozen) {
      this.#heldMessages.push(message);
      return;
    }
    this.#agenda.wake();
    message();
  }

  /**
   * @param clocks `suspended`: a virtual machine that is suspended, whose monotonic clock stands still meanwhile;
   *   `standing`: its wall clock as well
   */
  freeze(clocks: 'running' | 'suspended' | 'standing' = 'running'): void {
    if (clocks !== 'running') {
      this.#note();
      this.#monotonicStands = true;
      this.#wallStands = clocks === 'standing';
    }
    this.#frozen = true;
    this.#haltedAt = this.#agenda.now;
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#note();
    this.#monotonicStands = this.#wallStands = false;
    this.#frozen = false;
    this.#haltedAt = undefined;
    this.#agenda.wake(); // The first instant at which it can act, before any timer.
    const timers = this.#heldTimers.splice(0).sort((a, b) => a.due - b.due);
    for (const timer of timers) {
      this.#agenda.after(0, () => {
        this.#fire(timer);
      });
    }
    for (const message of this.#heldMessages.splice(0)) {
      this.#agenda.after(0, () => {
        this.deliver(message);
      });
    }
  }

  /** Somebody sets the wall clock. */
  stepWall(milliseconds: number): void {
    this.#note();
    this.#shown = { ...this.#shown, wall: this.#shown.wall + milliseconds };
    this.#agenda.wake();
  }

  kill(): void {
    this.#alive = false;
    this.#haltedAt ??= this.#agenda.now;
    this.#timers.clear();
    this.#heldMessages.length = 0;
  }

  #note(): void {
    this.#shown = this.#exactNow();
    this.#since = this.#agenda.now;
  }

  #arm(timer: Timer): void {
    const remaining = (timer.due - this.now().monotonic) / this.#rate;
    this.#agenda.after(Math.max(0, remaining), () => {
      this.#fire(timer);
    });
  }

  #fire(timer: Timer): void {
    if (timer.over || !this.#alive) return;
    if (this.#frozen) {
      this.#heldTimers.push(timer);
    } else if (timer.due - this.now().monotonic > 0.001) {
      this.#arm(timer); // The clock stood still in between.
    } else {
      timer.over = true;
      this.#timers.delete(timer);
      this.#agenda.wake();
      timer.action();
    }
  }
}
