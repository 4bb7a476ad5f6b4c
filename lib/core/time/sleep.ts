import type { Clock } from './clock.js';
import { waitFor } from './wait-for.js';

/**
 * Resolves after `milliseconds`, or at once when `signal` aborts. Never rejects: the caller looks at the signal.
 *
 * @internal
 */
export async function sleep(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  options?: { readonly keepsProcessAlive?: boolean },
): Promise<void> {
  await waitFor<void>(signal, (done) => clock.after(milliseconds, done, options));
}
