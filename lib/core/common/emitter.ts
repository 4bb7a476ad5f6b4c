/** Takes a listener off again. */
export type Unsubscribe = () => void;

/** A listener that throws must disturb neither the other listeners nor the emitter. */
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
 * Delivers values to every listener in the order in which they were emitted, also when a listener makes the emitter
 * emit again: the new value waits until all listeners have the current one.
 *
 * @internal
 */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #pending: T[] = [];
  #delivering = false;

  on(listener: (value: T) => void): Unsubscribe {
    // A wrapper of its own for each call, so that one function can listen twice and leave once.
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

  /** How many are listening; tests count them to find leaks. */
  get size(): number {
    return this.#listeners.size;
  }
}
