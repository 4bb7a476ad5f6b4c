import type { Unsubscribe } from '../common/emitter.js';

/**
 * Waits for something that a subscription tells, or until `signal` aborts: then the result is undefined. Never rejects,
 * and leaves no listener behind. Nothing is missed that happened before, if `subscribe` tells it at once.
 *
 * @internal
 */
export function waitFor<T>(
  signal: AbortSignal,
  subscribe: (tell: (value: T) => void) => Unsubscribe,
): Promise<T | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const subscription: { unsubscribe?: Unsubscribe; told?: true } = {};
    const tell = (value?: T) => {
      subscription.told = true;
      subscription.unsubscribe?.();
      signal.removeEventListener('abort', aborted);
      resolve(value);
    };
    const aborted = () => {
      tell();
    };
    signal.addEventListener('abort', aborted);
    subscription.unsubscribe = subscribe(tell);
    // It may have been told before there was anything to unsubscribe from.
    if (subscription.told) subscription.unsubscribe();
  });
}

/** Resolves when `signal` aborts, or at once when it has. */
export async function aborted(signal: AbortSignal): Promise<void> {
  await waitFor(signal, () => () => undefined);
}
