// Node, whose globals cost no more than elsewhere, and afterwards nothing is left of a file's `AsyncLocalStorage`s.
//
// Jest asks Node for a context with an object in place of its global one. Each use of a global, be it `Math`, then goes
// through an interceptor: the simulation took twice as long. A context with a global object of its own has none
// (https://nodejs.org/api/vm.html#when-to-use-vmconstantsdont_contextify).
//
// Until Node 24 every one that was ever used costs something at each promise that is made anywhere in the process, until
// it is disabled (https://nodejs.org/api/async_context.html#asynclocalstoragedisable). A worker has each test file load
// the library, Nest and Jest's own runner anew, with theirs: after thirty files it needed twice as long for the next one.
import { AsyncLocalStorage } from 'node:async_hooks';
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

const { createContext } = vm;

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
  /** @param {ConstructorParameters<typeof TestEnvironment>} given */
  constructor(...given) {
    const withoutInterceptors = () => createContext(vm.constants.DONT_CONTEXTIFY);
    Object.assign(vm, { createContext: withoutInterceptors });
    try {
      super(...given);
    } finally {
      Object.assign(vm, { createContext });
    }
  }

  /** @override */
  async teardown() {
    await super.teardown();
    for (const storage of used) storage.disable();
    used.clear();
  }
}
