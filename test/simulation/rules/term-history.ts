import type { LossReason } from '../../../lib/core/model/leadership.js';
import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { Backend } from '../server/backend.js';

/** How a leadership ended on its own side. */
interface TermEnd {
  readonly at: number;
  readonly reason: LossReason;
  /** When the server last answered, by the sending of what it answered, in milliseconds of the instance's wall clock. */
  readonly confirmedAt: number;
}

/** A leadership, as the referee has seen it. Moments are in virtual time. */
export interface SimulatedTerm {
  readonly instance: SimulatedInstance;
  readonly number: bigint;
  /** The server's end of the session that it rests on. */
  readonly session: Backend;
  readonly electedAt: number;
  readonly ended?: TermEnd | undefined;
  /** When its duties had stopped, or were abandoned. */
  readonly releasedAt?: number | undefined;
  /** When it gave the lock back, once its duties had stopped. */
  readonly gaveBackAt?: number | undefined;
}

type Open = { -readonly [K in keyof SimulatedTerm]: SimulatedTerm[K] };

/** All terms of all elections, in order. */
export class TermHistory {
  readonly #terms: Open[][];

  constructor(elections: number) {
    this.#terms = Array.from({ length: elections }, () => []);
  }

  of(election: number): readonly SimulatedTerm[] {
    return this.#terms[election] ?? [];
  }

  begin(election: number, term: SimulatedTerm): void {
    this.#terms[election]?.push({ ...term });
  }

  /** The latest term of an instance. */
  latestOf(instance: SimulatedInstance, election: number): SimulatedTerm | undefined {
    return this.#latestOf(instance, election);
  }

  end(instance: SimulatedInstance, election: number, ended: TermEnd): void {
    const term = this.#latestOf(instance, election);
    if (term) term.ended = ended;
  }

  release(instance: SimulatedInstance, election: number, at: number): void {
    const term = this.#latestOf(instance, election);
    if (term) term.releasedAt = at;
  }

  /** A session that lives has freed the lock. */
  freed(election: number, session: Backend, at: number): void {
    const term = this.#terms[election]?.findLast((one) => one.session === session);
    if (term?.ended && term.releasedAt === undefined) term.gaveBackAt = at;
  }

  #latestOf(instance: SimulatedInstance, election: number): Open | undefined {
    return this.#terms[election]?.findLast((term) => term.instance === instance);
  }
}

/** Until when a leader did its duties; undefined while it does. */
export function servedUntil({ ended, instance }: SimulatedTerm): number | undefined {
  return ended?.at ?? instance.process.haltedAt;
}

/** Whether it stepped down of its own accord, and gave the lock back. */
export function hasResigned({ ended, gaveBackAt }: SimulatedTerm): boolean {
  return gaveBackAt !== undefined && ended !== undefined && isOwnAccord(ended.reason);
}

export function isOwnAccord(reason: LossReason): boolean {
  return reason === 'resigned' || reason === 'shutdown' || reason === 'error';
}
