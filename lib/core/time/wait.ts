import type { Unsubscribe } from '../common/emitter.js';
import type { Clock } from './clock.js';

/**
 * Waits until a subscription calls `tell`, or until `signal` aborts; the result is undefined then. Never rejects, and
 * leaves no listener behind. `subscribe` may call `tell` at once if the event has already happened.
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
    // `tell` may have been called before `subscribe` returned.
    if (subscription.told) subscription.unsubscribe();
  });
}

/** Resolves when `signal` aborts, or at once if it is already aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  await waitFor(signal, () => () => undefined);
}

/**
 * Resolves after `milliseconds`, or at once when `signal` aborts. Never rejects: the caller checks the signal.
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

/** A promise that can be resolved from outside (`Promise.withResolvers` needs Node 22). */
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
