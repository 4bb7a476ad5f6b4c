import type { Clock } from './clock.js';

/**
 * Resolves after `milliseconds`, or at once when `signal` aborts. Never rejects: the caller looks at the signal.
 *
 * @internal
 */
export function pause(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  options?: { readonly keepsProcessAlive?: boolean },
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(milliseconds, done, options);
    signal.addEventListener('abort', done);
  });
}
