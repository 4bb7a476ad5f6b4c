import type { Backend } from './backend.js';

/** Whoever wants to know of every lock that is taken or freed. */
export interface LockWatch {
  readonly onTaken: (key: bigint, backend: Backend) => void;
  readonly onFreed: (key: bigint, backend: Backend) => void;
}

interface Held {
  readonly holder: Backend;
  count: number;
}

/** Session-level advisory locks, which stack: what was granted twice must be freed twice. */
export class AdvisoryLocks {
  readonly #held = new Map<bigint, Held>();
  readonly #watch: LockWatch | undefined;

  constructor(watch?: LockWatch) {
    this.#watch = watch;
  }

  get size(): number {
    return this.#held.size;
  }

  try(key: bigint, backend: Backend): boolean {
    const held = this.#held.get(key);
    if (held && held.holder !== backend) return false;
    if (held) {
      held.count += 1;
      return true;
    }
    this.#held.set(key, { holder: backend, count: 1 });
    this.#watch?.onTaken(key, backend);
    return true;
  }

  unlock(key: bigint, backend: Backend): void {
    const held = this.#held.get(key);
    if (held?.holder !== backend) return;
    held.count -= 1;
    if (held.count === 0) this.#free(key, backend);
  }

  release(backend: Backend): void {
    for (const [key, { holder }] of this.#held) if (holder === backend) this.#free(key, backend);
  }

  #free(key: bigint, backend: Backend): void {
    this.#held.delete(key);
    this.#watch?.onFreed(key, backend);
  }

  holder(key: bigint): Backend | undefined {
    return this.#held.get(key)?.holder;
  }

  /** How often the lock was granted to its holder. */
  count(key: bigint): number {
    return this.#held.get(key)?.count ?? 0;
  }
}
