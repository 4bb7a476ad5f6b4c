import type { Cancel, Clock, Instant } from '../core/time/clock.js';

interface Timer {
  readonly due: number;
  readonly action: () => void;
}

/**
 * A clock that stands still until it is advanced, so that no lease runs out and nothing is tried again while a test does
 * as it likes with the time of its own (fake timers, a system time that jumps).
 */
export class StillClock implements Clock {
  #monotonic = 0;
  readonly #timers = new Set<Timer>();

  /** Where no time passes, everything happens on the date that it is now, whatever the date was when it happened. */
  now(): Instant {
    return {
      monotonic: this.#monotonic,
      get wall() {
        return Date.now();
      },
    };
  }

  after(milliseconds: number, action: () => void): Cancel {
    if (milliseconds <= 0) return soon(action);
    const timer: Timer = { due: this.#monotonic + milliseconds, action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Each timer fires when it is due. */
  advance(milliseconds: number): void {
    const end = this.#monotonic + milliseconds;
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#monotonic = timer.due;
      this.#timers.delete(timer);
      timer.action();
    }
    this.#monotonic = end;
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.due <= end);
    return due.sort((a, b) => a.due - b.due)[0];
  }
}

/** Runs `action` when the code that runs now has come to its end. By no timer: a test may have put its own in place. */
export function soon(action: () => void): Cancel {
  let cancelled = false;
  Promise.resolve()
    .then(() => {
      if (!cancelled) action();
    })
    .catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  return () => {
    cancelled = true;
  };
}
