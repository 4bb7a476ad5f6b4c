/**
 * A map that holds its values weakly. Use it for process-wide state about objects of the application: it does not keep
 * alive what the application has released, such as the classes of a module that was evaluated again.
 */
export class WeakValues<K, V extends object> {
  readonly #references = new Map<K, WeakRef<V>>();
  readonly #collected = new FinalizationRegistry<K>((key) => {
    // A new value may have replaced it.
    if (!this.#references.get(key)?.deref()) this.#references.delete(key);
  });

  /** Returns the value, and creates it if there is none. */
  getOrMake(key: K, make: () => V): V {
    const known = this.#references.get(key)?.deref();
    if (known) return known;
    const made = make();
    this.#references.set(key, new WeakRef(made));
    this.#collected.register(made, key);
    return made;
  }
}
