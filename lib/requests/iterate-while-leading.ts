import { AsyncResource } from 'node:async_hooks';
import { Logger } from '@nestjs/common';
import { inBackground } from '../core/common/background.js';
import { guarded } from '../core/common/logger.js';
import type { Leadership } from '../core/model/leadership.js';
import { waitFor } from '../core/time/wait.js';
import { GRAPHQL_TYPE } from '../nest/private-names.js';

/** Whether a handler is a subscription of GraphQL. @internal */
export function isSubscription(handler: object): boolean {
  return Reflect.getMetadata(GRAPHQL_TYPE, handler) === 'Subscription';
}

const logger = guarded(new Logger('LeaderElection'));

/**
 * What a subscription of GraphQL iterates over, as long as the leadership lasts: it ends with the leadership, with an error,
 * and its source is told at once.
 *
 * It is no generator: one that waits for its source can't be ended by the client that has gone.
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
  // GraphQL says what is wrong with it.
  if (!isAsyncIterable(source)) return source;
  const iterator = source[Symbol.asyncIterator]();
  // A generator ends only after its next value, so nobody waits for that.
  const abandon = () => {
    inBackground(called, logger, () => iterator.return?.());
  };
  const forget = () => {
    signal.removeEventListener('abort', abandon);
  };
  // A generator runs in the context of whoever asks for its next value, and shall know its leadership.
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

/** One that nobody gets anything from but the refusal. @internal */
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
