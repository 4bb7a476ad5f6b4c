import type { Leadership, LossReason } from '../../../lib/core/model/leadership.js';
import { parseAnnouncement } from '../../../lib/core/postgres/announcement-codec.js';
import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { LockWatch } from '../server/advisory-locks.js';
import type { ServerWatch } from '../server/simulated-server.js';
import type { World } from '../world.js';
import { Balance } from './balance.js';
import { CatchingUp } from './catching-up.js';
import { Costs } from './costs.js';
import { Places } from './places.js';
import { Reasons } from './reasons.js';
import { Overlaps } from './overlaps.js';
import { Releases } from './releases.js';
import { TermHistory } from './term-history.js';
import { Vacancies } from './vacancies.js';

/** How long a fleet is busy with what has happened. */
export const AFTERMATH = 5_000;

/** All rules beside those that hold at every instant: what they are told, and what they have in common. */
export class Rules {
  readonly terms: TermHistory;
  readonly balance: Balance;
  readonly catchingUp: CatchingUp;
  readonly costs: Costs;
  readonly overlaps: Overlaps;
  readonly places: Places;
  readonly reasons: Reasons;
  readonly releases: Releases;
  readonly vacancies: Vacancies;
  readonly #led = new Set<number>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.terms = new TermHistory(world.setup.elections);
    this.balance = new Balance(world);
    this.catchingUp = new CatchingUp(world);
    this.costs = new Costs(world);
    this.overlaps = new Overlaps(world);
    this.places = new Places(world);
    this.reasons = new Reasons(world);
    this.releases = new Releases(world);
    this.vacancies = new Vacancies(world);
  }

  elected(instance: SimulatedInstance, election: number, { term }: Leadership): void {
    this.#happened();
    const session = instance.termSession(election);
    if (!session) throw new Error(`${instance.name} leads without a session`);
    this.terms.begin(election, { instance, number: term, session, electedAt: this.#now });
    this.vacancies.elected(election);
    this.#led.add(election);
  }

  demoted(instance: SimulatedInstance, election: number, reason: LossReason): void {
    this.#happened();
    this.reasons.demoted(instance, election, reason);
    this.#led.delete(election);
    const confirmedAt = instance.lastHeartbeat ?? 0;
    this.terms.end(instance, election, { at: this.#now, reason, confirmedAt });
  }

  released(instance: SimulatedInstance, election: number): void {
    this.#happened();
    this.terms.release(instance, election, this.#now);
  }

  /** It has connected, or is no longer. */
  connectionChanged(): void {
    this.#happened();
  }

  /** Whether all elections are led, as far as anybody can tell. */
  get isEverythingLed(): boolean {
    return this.#led.size === this.#world.setup.elections;
  }

  /** Whether an instance has led an election at any time since then. */
  hasLed(instance: SimulatedInstance, election: number, since: number): boolean {
    const term = this.terms.latestOf(instance, election);
    return term !== undefined && (term.releasedAt ?? Infinity) >= since;
  }

  /**
   * Whether an instance has led another election at any time since then: its transactions keep the others waiting, since they
   * share the session.
   */
  hasLedAnother(instance: SimulatedInstance, election: number, since: number): boolean {
    if (this.#world.setup.elections === 1) return false;
    return instance.elections.some(
      (_, other) => other !== election && this.hasLed(instance, other, since),
    );
  }

  /** What a server of this world tells. */
  watch(): ServerWatch {
    return {
      locks: this.#locks,
      onTerminate: (victim, by) => {
        this.reasons.terminated(victim, by);
      },
      onNotification: ({ payload, sender }) => {
        const announcement = parseAnnouncement(payload);
        if (announcement?.type !== 'resign-request') return;
        const { server } = this.#world;
        const { key, instanceId } = announcement;
        if (server.isTrusted(sender)) this.reasons.requested(instanceId, electionOf(key));
      },
    };
  }

  readonly #locks: LockWatch = {
    onTaken: (key, backend) => {
      this.places.taken(key, backend);
      if (isElectionsLock(key)) this.vacancies.taken(electionOf(key), backend);
    },
    onFreed: (key, backend) => {
      this.places.freed(key);
      if (!isElectionsLock(key)) return;
      const election = electionOf(key);
      if (backend.alive) this.terms.freed(election, backend, this.#now);
      this.vacancies.freed(election, backend);
    },
  };

  get #now(): number {
    return this.#world.agenda.now;
  }

  #happened(): void {
    this.#world.calm.disturb(this.#now + AFTERMATH);
  }
}

/** The keys of an election's two locks. */
export function keysOf(election: number): { lock: bigint; heir: bigint } {
  const lock = BigInt(2 * election + 1);
  return { lock, heir: lock + 1n };
}

function electionOf(key: bigint): number {
  return Number((key - 1n) / 2n);
}

function isElectionsLock(key: bigint): boolean {
  return key % 2n === 1n;
}
