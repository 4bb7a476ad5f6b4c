import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { World } from '../world.js';

/**
 * Which overlaps of two leaders are known limits (docs/guarantees.md). Where the server's end of a leader's session ends while
 * the leader can't hear of it, a fast successor does not wait for it. `strict` holds only where all are strict; but in a mixed
 * fleet a strict successor still waits for whoever led before it.
 */
export class Overlaps {
  readonly #world: World;
  #expected = false;
  #happened = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Whether two have led at a time. */
  get happened(): boolean {
    return this.#happened;
  }

  /** Something has happened that only strict ones take into account. */
  expect(): void {
    this.#expected = true;
  }

  /** Whether it is a limit of mixed fleets that these two lead at a time. */
  mayOverlap(one: SimulatedInstance, other: SimulatedInstance, election: number): boolean {
    const { rules } = this.#world;
    if (!this.#isPossible) return false;
    const numbers = [one, other].map(
      (instance) => rules.terms.latestOf(instance, election)?.number ?? 0n,
    );
    // A fast one has acquired the lock since the earlier: it did not wait, and may have resigned in good order since.
    const excused = rules.terms
      .of(election)
      .some(
        ({ instance, number }) =>
          instance.takeover === 'fast' &&
          numbers.some((earlier) => number > earlier) &&
          numbers.some((later) => number <= later),
      );
    this.#happened ||= excused;
    return excused;
  }

  /** Whoever has lost the lock while it waited may not know of it, and lead in its turn. */
  mayGoBack(): boolean {
    this.#happened ||= this.#isPossible;
    return this.#isPossible;
  }

  get #isPossible(): boolean {
    return this.#expected && isMixed(this.#world.setup.takeovers);
  }
}

function isMixed(takeovers: readonly string[]): boolean {
  return takeovers.includes('fast') && takeovers.includes('strict');
}
