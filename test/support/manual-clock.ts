import type { Cancel, Clock, Instant } from '../../lib/core/time/clock.js';

interface Timer {
  readonly due: number;
  readonly action: () => void;
}

/** Whoever sets a timer again and again without a pause would keep a test running for ever. */
const MOST_TIMERS = 100_000;

/** A clock that a test moves by hand. */
export class ManualClock implements Clock {
  #monotonic = 0;
  #wall = Date.UTC(2030, 0, 1);
  readonly #timers = new Set<Timer>();

  now(): Instant {
    return { monotonic: this.#monotonic, wall: this.#wall };
  }

  after(milliseconds: number, action: () => void): Cancel {
    const timer: Timer = { due: this.#monotonic + milliseconds, action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers are set; tests count them to find leaks. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass while the process runs: each timer fires when it is due. */
  async run(milliseconds: number): Promise<void> {
    const end = this.#monotonic + milliseconds;
    await settle();
    let fired = 0;
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      if ((fired += 1) > MOST_TIMERS) throw new Error(`More than ${MOST_TIMERS} timers have fired`);
      this.#move(timer.due - this.#monotonic);
      this.#fire(timer);
      await settle();
    }
    this.#move(end - this.#monotonic);
    await settle();
  }

  /** Lets time pass while the process does not run: what fell due fires late, all at once, in {@link thaw}. */
  freeze(milliseconds: number): void {
    this.#move(milliseconds);
  }

  async thaw(): Promise<void> {
    await this.run(0);
  }

  /** Somebody sets the wall clock. */
  stepWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #move(milliseconds: number): void {
    const forward = Math.max(0, milliseconds);
    this.#monotonic += forward;
    this.#wall += forward;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    timer.action();
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.due <= end);
    return due.sort((a, b) => a.due - b.due)[0];
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
