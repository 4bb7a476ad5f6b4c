import type { LossReason } from '../../../lib/core/model/leadership.js';
import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { Backend } from '../server/backend.js';
import type { World } from '../world.js';
import { timings } from '../timings.js';
import { LONGEST_ROUND_TRIP, roundTrip, SHORTEST_TERM } from './bounds.js';

/**
 * How long somebody's wish to have a leader step down may take to reach it, in virtual milliseconds: it may be frozen for 16 s,
 * and look for two slow round trips whether that one may ask.
 */
const LATE = 32_000;

/** What an instance was asked, and when. */
interface Asked {
  told: number;
  requested: number;
}

/** Nothing ends a leadership but what may: no stranger's message, and no other's mistake. */
export class Reasons {
  readonly #world: World;
  readonly #asked = new Map<string, Asked>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The application tells it to resign. */
  told(instance: string, election: number): void {
    this.#askedOf(instance, election).told = this.#world.agenda.now;
  }

  /** Somebody who may has sent a request. */
  requested(instance: string, election: number): void {
    this.#askedOf(instance, election).requested = this.#world.agenda.now;
  }

  demoted(instance: SimulatedInstance, election: number, reason: LossReason): void {
    const { agenda, referee, rules, setup, serverCalm } = this.#world;
    const term = rules.terms.latestOf(instance, election);
    const { name, stopping } = instance;
    const object = (what: string) => {
      referee.expect(false, `${name} is demoted in ${election} (${reason}), ${what}`);
    };
    switch (reason) {
      case 'shutdown':
        if (!stopping) object('and was not told to stop');
        return;
      case 'error':
        if (!instance.duties[election]?.hasFailed)
          object('although nothing has failed in this term');
        return;
      case 'resigned': {
        const electedAt = term?.electedAt ?? 0;
        const { told, requested } = this.#askedOf(name, election);
        if (told >= electedAt) return;
        if (requested < electedAt - LATE) object('which nobody asked for who may');
        else if (agenda.now - electedAt < SHORTEST_TERM) object('on request, as soon as it led');
        return;
      }
      case 'conn_lost':
      case 'lease_expired':
        if (roundTrip(setup.latency) > LONGEST_ROUND_TRIP || !term) return;
        // What it rests on may be older than the term.
        if (
          Math.max(instance.disturbance.since, serverCalm.since) <
          term.electedAt - timings.renewDeadline
        )
          object('although nothing has happened to it');
    }
  }

  terminated(victim: Backend, by: Backend): void {
    const { referee } = this.#world;
    const { owner, isOpen } = victim.client;
    referee.expect(
      owner === by.client.owner && !isOpen,
      `${by.client.owner} ends a session of ${owner}, which ${isOpen ? 'lives' : 'is not its own'}`,
    );
  }

  #askedOf(instance: string, election: number): Asked {
    const key = `${instance} ${election}`;
    let asked = this.#asked.get(key);
    if (!asked) this.#asked.set(key, (asked = { told: -Infinity, requested: -Infinity }));
    return asked;
  }
}
