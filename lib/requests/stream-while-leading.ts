import { types } from 'node:util';
import { isObservable, type Observable } from 'rxjs';
import { generatorWhileLeading } from './generator-while-leading.js';
import type { LeaderOnlyCall } from './leader-only-call.js';
import { observableWhileLeading } from './while-leading.js';

/**
 * What something leader-only has returned, with an end where it goes on afterwards: a generator or an Observable, also one
 * that a promise brings. Anything else is passed on as it is: of a stream of Node or a cursor we can't make another that is
 * as good.
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

/** RxJS looks at properties, which may throw. */
function isAnObservable(returned: object): returned is Observable<unknown> {
  try {
    return isObservable(returned);
  } catch {
    return false;
  }
}

/**
 * Not any promise: some have more than an outcome, which a promise made of it would not have. (Node itself adds symbols, for
 * its asynchronous contexts.)
 */
function isOfAsyncFunction(returned: object): returned is Promise<unknown> {
  return (
    types.isPromise(returned) &&
    Object.getPrototypeOf(returned) === Promise.prototype &&
    Object.getOwnPropertyNames(returned).length === 0
  );
}
