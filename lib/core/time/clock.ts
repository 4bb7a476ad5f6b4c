import { inOwnContext } from '../common/own-context.js';

/**
 * A moment on both clocks of this machine, in milliseconds.
 *
 * The monotonic clock never jumps but may stop while a virtual machine is suspended. The wall clock continues but may
 * jump. A lease is checked against both, and either one can end it.
 */
export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

/** Cancels a timer. Calling it again, or after the timer fired, does nothing. */
export type Cancel = () => void;

/**
 * The source of time of the core. Tests and simulations replace it.
 *
 * @internal
 */
export interface Clock {
  now(): Instant;
  /** Runs `action` once, after `milliseconds`. The timer keeps the process alive only with `keepsProcessAlive`. */
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
