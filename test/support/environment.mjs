// Node, and afterwards nothing is left of a file's `AsyncLocalStorage`s.
//
// Until Node 24 every one that was ever used costs something at each promise that is made anywhere in the process, until
// it is disabled (https://nodejs.org/api/async_context.html#asynclocalstoragedisable). A worker has each test file load
// the library, Nest and Jest's own runner anew, with theirs: after thirty files it needed twice as long for the next one.
import { AsyncLocalStorage } from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

/** @type {Set<AsyncLocalStorage<unknown>>} */
const used = new Set();

for (const method of /** @type {const} */ (['run', 'enterWith'])) {
  const original = Reflect.get(AsyncLocalStorage.prototype, method);
  /** @this {AsyncLocalStorage<unknown>} @param {any[]} args */
  AsyncLocalStorage.prototype[method] = function noted(...args) {
    used.add(this);
    return Reflect.apply(original, this, args);
  };
}

export default class extends TestEnvironment {
  /** @override */
  async teardown() {
    await super.teardown();
    for (const storage of used) storage.disable();
    used.clear();
  }
}
