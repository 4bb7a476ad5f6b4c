import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { World } from '../world.js';
import { LONGEST_ROUND_TRIP, releaseBound, roundTrip } from './bounds.js';

/** Whoever steps down gives the lock back as soon as its duties have stopped, whatever else its session has to do. */
export class Releases {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  dutiesStopped(instance: SimulatedInstance, election: number): void {
    const { agenda, referee, rules, serverCalm, setup } = this.#world;
    const term = rules.terms.latestOf(instance, election);
    // The transactions of other elections that it leads may keep it waiting.
    if (!term || term.session.endedAt !== undefined || setup.elections > 1) return;
    const bound = releaseBound(setup.latency);
    if (roundTrip(setup.latency) > LONGEST_ROUND_TRIP) return;
    const stoppedAt = agenda.now;
    agenda.after(bound, () => {
      const before = stoppedAt - bound;
      if (term.releasedAt !== undefined || instance.calmSince > before || serverCalm.since > before)
        return;
      referee.expect(
        false,
        `${instance.name} has not given back the lock of ${election} ${bound} ms after its duties have stopped`,
      );
    });
  }
}
