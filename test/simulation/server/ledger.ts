import type { Backend } from './backend.js';

/** A write of a leader into a table that only leaders write into. */
export interface Write {
  readonly id: number;
  /** Of the election in which it leads. */
  readonly lock: bigint;
  readonly term: bigint;
}

/**
 * What was committed, on the primary and on every standby. It holds that only the holder of an election's lock commits a
 * write of that election, that terms never go back, and that whoever wrote is told the truth.
 */
export class Ledger {
  readonly #expect: (holds: boolean, otherwise: string) => void;
  readonly #greatestTerm = new Map<bigint, bigint>();
  readonly #committed = new Set<number>();
  readonly #rolledBack = new Set<number>();
  #lastId = 0;

  constructor(expect: (holds: boolean, otherwise: string) => void) {
    this.#expect = expect;
  }

  nextId(): number {
    return (this.#lastId += 1);
  }

  commit(writes: readonly Write[], backend: Backend): void {
    for (const { id, lock, term } of writes) {
      this.#expect(
        backend.server.locks.holder(lock) === backend,
        `A write of term ${term} is committed by a session that does not hold the lock`,
      );
      const greatest = this.#greatestTerm.get(lock) ?? 0n;
      this.#expect(
        term >= greatest,
        `A write of term ${term} is committed after one of term ${greatest}`,
      );
      this.#expect(
        !this.#rolledBack.has(id),
        `A write of term ${term} is committed after its leader was told that it was rolled back`,
      );
      this.#greatestTerm.set(lock, term);
      this.#committed.add(id);
    }
  }

  /** Takes note of what a leader was told of its write. */
  told(outcome: 'committed' | 'rolled back', { id, term }: Write): void {
    this.#expect(
      this.#committed.has(id) === (outcome === 'committed'),
      `A leader was told that its write of term ${term} was ${outcome}, which it was not`,
    );
    if (outcome === 'rolled back') this.#rolledBack.add(id);
  }
}
