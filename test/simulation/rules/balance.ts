import type { World } from '../world.js';
import { LONGEST_ROUND_TRIP, roundTrip } from './bounds.js';

/** With `spread`, every instance that is well and not in reserve leads as many elections as any other, give or take one. */
export class Balance {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * Requests count only from instances whose role is known, nobody asks whom it has not heard of, and whoever could not start its
   * duties stays out for long.
   */
  get isExpected(): boolean {
    const { instances, refusalCalm, setup } = this.#world;
    const { latency, spread, surroundings, trouble } = setup;
    const unheard = [refusalCalm, ...instances.map(({ mail }) => mail.calm)];
    return (
      unheard.every(({ since }) => since === -Infinity) &&
      spread === true &&
      surroundings?.hidesActivity !== true &&
      trouble.failing === 0 &&
      roundTrip(latency) <= LONGEST_ROUND_TRIP
    );
  }

  get isReached(): boolean {
    const counts = this.#counts.map(([, count]) => count);
    return Math.max(...counts) - Math.min(...counts) <= 1;
  }

  get violation(): string {
    const counts = this.#counts.map(([name, count]) => `${name} leads ${count}`);
    return `The elections are not evenly spread: ${counts.join(', ')}`;
  }

  /** How many elections each candidate leads that has a place, where there are places. */
  get #counts(): [string, number][] {
    return this.#world.living
      .filter(({ candidate, stopping }) => candidate && !stopping)
      .filter(({ elections }) => elections.some(({ role }) => role !== 'reserve'))
      .map((instance) => {
        const led = instance.elections.filter((_, index) => instance.leads(index));
        return [instance.name, led.length];
      });
  }
}
