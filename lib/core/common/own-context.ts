import { AsyncResource } from 'node:async_hooks';

/** Created when this module is loaded, outside any request. */
const own = new AsyncResource('nestjs-leader-election');

/**
 * Runs background work outside the async context of its caller. Timers and connections started in `work` do not belong
 * to the request that happened to trigger them: a request that calls `resign()` must not become the parent of all later
 * spans, and a recurring timer must not keep it in memory.
 *
 * @internal
 */
export function inOwnContext<T>(work: () => T): T {
  return own.runInAsyncScope(work);
}
