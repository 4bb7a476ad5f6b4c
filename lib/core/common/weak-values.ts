/**
 * A map whose values are there as long as somebody else holds them. For what belongs to the process and is about objects of the
 * application: it keeps nothing alive that the application has let go, such as the classes of a module that was evaluated anew.
 */
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
