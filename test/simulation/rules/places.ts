import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { Backend } from '../server/backend.js';
import type { World } from '../world.js';
import { LONGEST_ROUND_TRIP, lookBound, RECOVERY, refillBound, roundTrip } from './bounds.js';

/** The first key of a place: even, as those of elections' locks are not. */
const FIRST = 1_000n;

/** The keys of the places of a world; undefined where sessions are not limited. */
export function placesOf(maxCandidates: number | undefined): readonly bigint[] | undefined {
  if (maxCandidates === undefined) return undefined;
  return Array.from({ length: maxCandidates }, (_, number) => FIRST + 2n * BigInt(number));
}

/**
 * What docs/decisions/reserve.md promises: who has no place has a session only for a look, and contends for nothing; a place
 * that becomes free is taken by somebody who could within `reserveInterval`.
 */
export class Places {
  readonly #world: World;
  readonly #keys: readonly bigint[];
  /** When each place became free, until it is taken. */
  readonly #freeSince = new Map<bigint, number>();

  constructor(world: World) {
    this.#world = world;
    this.#keys = placesOf(world.setup.maxCandidates) ?? [];
  }

  /** An instance has set a session up. */
  opened(instance: SimulatedInstance): void {
    const { agenda, referee, serverCalm, setup } = this.#world;
    if (this.#keys.length === 0 || roundTrip(setup.latency) > LONGEST_ROUND_TRIP) return;
    const openedAt = agenda.now;
    const bound = lookBound(setup.latency);
    agenda.after(bound, () => {
      const { connectedSince } = instance.connector;
      const lasts =
        connectedSince !== undefined && connectedSince <= openedAt + roundTrip(setup.latency);
      // Whoever stops gives its place back before it says goodbye.
      if (!lasts || !instance.process.running || instance.stopping || this.#has(instance)) return;
      if (Math.max(instance.disturbance.since, serverCalm.since) > openedAt - RECOVERY) return;
      referee.expect(
        false,
        `${instance.name} still has a session without a place, ${bound.toFixed(0)} ms after ${openedAt.toFixed(1)}`,
      );
    });
  }

  /** A session takes any lock. */
  taken(key: bigint, backend: Backend): void {
    if (this.#keys.length === 0) return;
    const { referee, server } = this.#world;
    const places = this.#keys.filter((place) => backend.server.locks.holder(place) === backend);
    const { owner } = backend.client;
    this.#freeSince.delete(key);
    referee.expect(places.length <= 1, `${owner} has ${places.length} places`);
    if (backend.server === server)
      referee.expect(places.length > 0, `${owner} takes the lock ${key} without a place`);
  }

  freed(key: bigint): void {
    if (!this.#keys.includes(key)) return;
    const { agenda, referee, serverCalm, setup } = this.#world;
    const since = agenda.now;
    this.#freeSince.set(key, since);
    if (roundTrip(setup.latency) > LONGEST_ROUND_TRIP) return;
    const bound = refillBound(setup.latency);
    agenda.after(bound, () => {
      if (this.#freeSince.get(key) !== since || serverCalm.since > since - RECOVERY) return;
      const able = this.#world.living.find(
        ({ candidate, disturbance, joinedAt, process, stopping }) =>
          candidate &&
          !stopping &&
          process.running &&
          joinedAt < since &&
          disturbance.since <= since - RECOVERY,
      );
      if (!able || this.#has(able)) return;
      referee.expect(
        false,
        `A place is still free ${bound.toFixed(0)} ms after ${since.toFixed(1)}, although ${able.name} could take it`,
      );
    });
  }

  #has({ name }: SimulatedInstance): boolean {
    const { locks } = this.#world.server;
    return this.#keys.some((place) => locks.holder(place)?.client.owner === name);
  }
}
