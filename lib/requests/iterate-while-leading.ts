import { AsyncResource } from 'node:async_hooks';
import { Logger } from '@nestjs/common';
import { inBackground } from '../core/common/background.js';
import { guarded } from '../core/common/logger.js';
import type { Leadership } from '../core/model/leadership.js';
import { waitFor } from '../core/time/wait.js';
import { GRAPHQL_TYPE } from '../nest/private-names.js';

/** Whether a handler is a GraphQL subscription. @internal */
export function isSubscription(handler: object): boolean {
  return Reflect.getMetadata(GRAPHQL_TYPE, handler) === 'Subscription';
}

const logger = guarded(new Logger('LeaderElection'));

/**
 * Wraps the iterator of a GraphQL subscription so that it ends with the leadership, with an error. Its source is asked
 * to end at once.
 *
 * It is not a generator: one that is waiting for its source can't be ended when the client has gone.
 *
 * @param called the name of the handler, for the log
 * @internal
 */
export function iterateWhileLeading(
  source: unknown,
  { signal }: Leadership,
  called: string,
  lost: () => Error,
): unknown {
  // GraphQL reports what is wrong with it.
  if (!isAsyncIterable(source)) return source;
  const iterator = source[Symbol.asyncIterator]();
  // A generator ends only after its next value, so don't wait for it.
  const abandon = () => {
    inBackground(called, logger, () => iterator.return?.());
  };
  const forget = () => {
    signal.removeEventListener('abort', abandon);
  };
  // A generator runs in the async context of its consumer, but needs that of its leadership.
  const context = new AsyncResource('LeaderOnlySubscription');
  const ask = async () => {
    let goesOn = false;
    try {
      const step = await context.runInAsyncScope(async () => iterator.next());
      goesOn = step.done !== true;
      return step;
    } finally {
      if (!goesOn) forget();
    }
  };
  if (signal.aborted) abandon();
  else signal.addEventListener('abort', abandon);

  const subscription: AsyncIterableIterator<unknown> = {
    async next() {
      if (signal.aborted) throw lost();
      const step = ask();
      // Not `Promise.race()`, which would keep every step in memory for as long as the leadership lasts.
      await waitFor(signal, (settled) => {
        step.then(settled, settled);
        return () => undefined;
      });
      if (signal.aborted) throw lost();
      return step;
    },
    async return() {
      forget();
      if (!signal.aborted) await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return subscription;
    },
  };
  return subscription;
}

/** An iterator that only rejects, with the refusal. @internal */
export function refusedIteration(refusal: Error): AsyncIterableIterator<never> {
  return {
    next: () => Promise.reject(refusal),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
