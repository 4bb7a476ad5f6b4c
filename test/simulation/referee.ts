import type { Leadership } from '../../lib/core/model/leadership.js';
import type { SimulatedInstance } from './instances/simulated-instance.js';

/** What must never happen has happened. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

interface Excuses {
  /** Whether these two may lead an election at a time. */
  mayOverlap(one: SimulatedInstance, other: SimulatedInstance, election: number): boolean;
  /** Whether one may begin to lead in an earlier term than another. */
  mayGoBack(): boolean;
}

/** Watches what must always hold, at every instant of virtual time at which anything can change. */
export class Referee {
  readonly #instances: SimulatedInstance[];
  readonly #greatestTerm: bigint[];
  readonly #excuses: Excuses;
  violation: Violation | undefined;

  /**
   * @param instances all there ever were; grows
   * @param excuses known limits
   */
  constructor(instances: SimulatedInstance[], elections: number, excuses: Excuses) {
    this.#excuses = excuses;
    this.#instances = instances;
    this.#greatestTerm = Array<bigint>(elections).fill(0n);
  }

  /** Throws when something that must never happen has happened. */
  readonly check = (): void => {
    this.#look();
    if (this.violation) throw this.violation;
  };

  /**
   * At most one leads. An instance that leads goes on doing so until something happens to it or its trust runs out, so
   * two that overlap at all do so at an instant at which something has happened to one of them.
   */
  #look(): void {
    const elections = this.#greatestTerm.length;
    for (let election = 0; election < elections; election += 1) {
      let leader: SimulatedInstance | undefined;
      for (const instance of this.#instances) {
        if (!instance.leads(election)) continue;
        if (leader && !this.#excuses.mayOverlap(leader, instance, election))
          this.#object(`${leader.name} and ${instance.name} both lead ${election}`);
        leader = instance;
      }
    }
  }

  elected(instance: SimulatedInstance, election: number, { term }: Leadership): void {
    const greatest = this.#greatestTerm[election] ?? 0n;
    if (term <= greatest && !this.#excuses.mayGoBack()) {
      this.#object(`${instance.name} leads ${election} in term ${term} after term ${greatest}`);
    }
    this.#greatestTerm[election] = term > greatest ? term : greatest;
    this.#look();
  }

  /** A duty starts: nobody whose session is alive may still be stopping its own. */
  started(instance: SimulatedInstance, election: number): void {
    for (const other of this.#instances) {
      if (other === instance || !other.process.alive || !other.sessionLives(election)) continue;
      if (
        other.duties[election]?.stopping &&
        !this.#excuses.mayOverlap(instance, other, election)
      ) {
        this.#object(
          `${instance.name} starts the duties of ${election} while ${other.name} is still stopping them`,
        );
      }
    }
  }

  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.#object(otherwise);
  }

  #object(what: string): void {
    this.violation ??= new Violation(what);
  }
}
