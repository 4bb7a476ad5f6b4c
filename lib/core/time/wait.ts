import type { Unsubscribe } from '../common/emitter.js';
import type { Clock } from './clock.js';

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

/** A promise with its outcome in hand (`Promise.withResolvers` needs Node 22). */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

/** @internal */
export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
