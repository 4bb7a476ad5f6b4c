/**
 * What belongs to the process, and is about objects of the application: these keep nothing alive that the application has let
 * go, such as the classes of a module that was evaluated anew. JavaScript's own weak collections can't be listed, or hold
 * their values.
 */

/** A set that can be listed. */
export class WeakList<T extends object> {
  readonly #references = new Set<WeakRef<T>>();
  readonly #collected = new FinalizationRegistry<WeakRef<T>>((reference) => {
    this.#references.delete(reference);
  });

  add(item: T): void {
    const reference = new WeakRef(item);
    this.#references.add(reference);
    this.#collected.register(item, reference);
  }

  /** Those that are still there. */
  get items(): readonly T[] {
    return [...this.#references].flatMap((reference) => reference.deref() ?? []);
  }
}

/** A map whose values are there as long as somebody else holds them. */
export class WeakValues<K, V extends object> {
  readonly #references = new Map<K, WeakRef<V>>();
  readonly #collected = new FinalizationRegistry<K>((key) => {
    // Another may have been made in its place.
    if (!this.#references.get(key)?.deref()) this.#references.delete(key);
  });

  /** The value, or one that is made now. */
  getOrMake(key: K, make: () => V): V {
    const known = this.#references.get(key)?.deref();
    if (known) return known;
    const made = make();
    this.#references.set(key, new WeakRef(made));
    this.#collected.register(made, key);
    return made;
  }
}
