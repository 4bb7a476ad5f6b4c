import { types } from 'node:util';
import { isObservable, type Observable } from 'rxjs';
import { generatorWhileLeading } from './generator-while-leading.js';
import type { LeaderOnlyCall } from './leader-only-call.js';
import { observableWhileLeading } from './while-leading.js';

/**
 * Wraps what leader-only code has returned so that it ends with the leadership, if it is a generator or an Observable,
 * or a promise of one. Returns anything else unchanged: a wrapper of a Node stream or a cursor would lack features.
 *
 * @internal
 */
export function streamWhileLeading<T>(returned: T, call: LeaderOnlyCall): T {
  if (typeof returned !== 'object' || returned === null) return returned;
  if (types.isGeneratorObject(returned)) return generatorWhileLeading(returned, call) as T;
  if (isAnObservable(returned)) return observableWhileLeading(returned, call) as T;
  if (isOfAsyncFunction(returned))
    return returned.then((outcome) => streamWhileLeading(outcome, call)) as T;
  return returned;
}

/** RxJS reads properties, which may throw. */
function isAnObservable(returned: object): returned is Observable<unknown> {
  try {
    return isObservable(returned);
  } catch {
    return false;
  }
}

/**
 * Only plain promises: others have extra properties, which a derived promise would lack. (Node itself adds symbols, for
 * its async contexts.)
 */
function isOfAsyncFunction(returned: object): returned is Promise<unknown> {
  return (
    types.isPromise(returned) &&
    Object.getPrototypeOf(returned) === Promise.prototype &&
    Object.getOwnPropertyNames(returned).length === 0
  );
}
