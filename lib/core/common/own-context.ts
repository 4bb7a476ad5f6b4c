import { AsyncResource } from 'node:async_hooks';

/** Made when this module is loaded, which is nobody's request. */
const own = new AsyncResource('nestjs-leader-election');

/**
 * Runs what nobody in particular has asked for. What is begun there (timers, connections, what follows from them) does not
 * belong to whoever happened to cause it: the request that calls `resign()` must not be the parent of all spans from then
 * on, nor be kept in memory by a timer that is set again and again.
 *
 * @internal
 */
export function inOwnContext<T>(work: () => T): T {
  return own.runInAsyncScope(work);
}
