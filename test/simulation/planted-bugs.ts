import type { Timings } from '../../lib/election/timings.js';

/** A mistake made on purpose, to see that the simulation finds it. */
export interface PlantedBug {
  /** What the rules of taking office see of the timings. */
  readonly electionTimings?: Timings;
  plant?(): void;
  remove?(): void;
}
