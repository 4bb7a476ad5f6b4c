import type { Backend } from './backend.js';

interface Held {
  readonly holder: Backend;
  count: number;
}

/** Session-level advisory locks, which stack: what was granted twice must be freed twice. */
export class AdvisoryLocks {
  readonly #held = new Map<bigint, Held>();

  get size(): number {
    return this.#held.size;
  }

  try(key: bigint, backend: Backend): boolean {
    const held = this.#held.get(key);
    if (held && held.holder !== backend) return false;
    if (held) held.count += 1;
    else this.#held.set(key, { holder: backend, count: 1 });
    return true;
  }

  unlock(key: bigint, backend: Backend): void {
    const held = this.#held.get(key);
    if (held?.holder !== backend) return;
    held.count -= 1;
    if (held.count === 0) this.#held.delete(key);
  }

  release(backend: Backend): void {
    for (const [key, { holder }] of this.#held) if (holder === backend) this.#held.delete(key);
  }

  holder(key: bigint): Backend | undefined {
    return this.#held.get(key)?.holder;
  }

  /** How often the lock was granted to its holder. */
  count(key: bigint): number {
    return this.#held.get(key)?.count ?? 0;
  }
}
