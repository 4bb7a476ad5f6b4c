import { inOwnContext } from '../common/own-context.js';

/**
 * A moment on both clocks of this machine, in milliseconds.
 *
 * The monotonic clock never jumps but may stand still while a virtual machine is suspended; the wall clock goes on but
 * may jump. A lease is checked against both, so that either one is enough to end it.
 */
export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

/** Cancels a timer. Calling it again, or after the timer fired, does nothing. */
export type Cancel = () => void;

/**
 * Where the core gets its time from, so that a test (or a simulation) can own it.
 *
 * @internal
 */
export interface Clock {
  now(): Instant;
  /** Runs `action` once, after `milliseconds`. The timer alone does not keep the process alive, unless asked to. */
  after(
    milliseconds: number,
    action: () => void,
    options?: { readonly keepsProcessAlive?: boolean },
  ): Cancel;
}

/** @internal */
export const systemClock: Clock = {
  now: () => ({ monotonic: performance.now(), wall: Date.now() }),
  after(milliseconds, action, options) {
    const timer = inOwnContext(() => setTimeout(action, milliseconds));
    if (!options?.keepsProcessAlive) timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
