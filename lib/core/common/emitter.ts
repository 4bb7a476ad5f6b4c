/** Removes a listener. */
export type Unsubscribe = () => void;

/**
 * Calls a listener. If it throws, the error is rethrown later, so it affects neither the other listeners nor the
 * emitter.
 */
function deliver<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/**
 * Delivers values to all listeners in the order in which they were emitted. If a listener emits another value, that
 * value is delivered after all listeners have received the current one.
 *
 * @internal
 */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #pending: T[] = [];
  #delivering = false;

  on(listener: (value: T) => void): Unsubscribe {
    // Each call adds its own wrapper, so the same function can be added twice and removed once.
    const own = (value: T) => {
      listener(value);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  emit(value: T): void {
    this.#pending.push(value);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        for (const listener of [...this.#listeners]) deliver(listener, next);
      }
    } finally {
      this.#delivering = false;
    }
  }

  /** The number of listeners. Tests use it to find leaks. */
  get size(): number {
    return this.#listeners.size;
  }
}
