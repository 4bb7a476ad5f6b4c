import type { Cancel, Clock, Instant } from '../core/time/clock.js';

interface Timer {
  readonly due: number;
  readonly action: () => void;
}

/**
 * A clock that stands still until it is advanced, so that no lease expires and nothing is retried, whatever a test does
 * with its own time (fake timers, a system time that jumps).
 */
export class StillClock implements Clock {
  #monotonic = 0;
  readonly #timers = new Set<Timer>();

  /** Since no time passes, every instant has the current date, even if the date has changed since then. */
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

  /** Fires each timer when it is due. */
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

/** Runs `action` after the current code. Not with a timer, which a test may have replaced. */
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
