import fc from 'fast-check';
import type { Takeover } from '../../../lib/election/takeover.js';
import type { DutyTrouble } from '../instances/simulated-duties.js';
import type { Latency } from '../network/path.js';
import { arbitraryFaults, mixtures, strictOnly } from './arbitrary-faults.js';
import type { Fault, FaultKind } from './faults.js';

/** Everything that a run depends on. */
export interface Schedule {
  /** Of latencies, jitter, and the time that duties take. */
  readonly seed: number;
  readonly takeover: Takeover;
  /** Whether the elections of the fleet settle on different instances; left out: they do not. */
  readonly spread?: boolean | undefined;
  readonly instances: number;
  readonly elections: number;
  readonly clockError: number;
  readonly latency: Latency;
  readonly trouble: DutyTrouble;
  readonly faults: readonly Fault[];
}

/** Schedules of faults of some kinds. */
export function schedulesWith(
  takeover: Takeover,
  kinds: readonly FaultKind[],
): fc.Arbitrary<Schedule> {
  return fc.record({
    seed: fc.noShrink(fc.nat()),
    takeover: fc.constant(takeover),
    spread: fc.boolean(),
    instances: fc.integer({ min: 1, max: 4 }),
    elections: fc.constantFrom(1, 1, 1, 2, 3),
    clockError: fc.constantFrom(0, 0.0005, 0.005),
    latency: fc.record({
      usual: fc.constantFrom(1, 20),
      slow: fc.constantFrom(20, 500, 4_000),
      slowShare: fc.constantFrom(0, 0.01, 0.05),
    }),
    trouble: fc.record({
      failing: fc.constantFrom(0, 30),
      hanging: fc.constantFrom(0, 10),
      endless: fc.constantFrom(0, 10),
    }),
    faults: fc.array(fc.oneof(...kinds.map((kind) => arbitraryFaults[kind])), {
      minLength: 1,
      maxLength: 10,
      size: 'max',
    }),
  });
}

export const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  ...mixtures.flatMap((kinds) => [
    schedulesWith('strict', kinds),
    schedulesWith(
      'fast',
      kinds.filter((kind) => !strictOnly.includes(kind)),
    ),
  ]),
);
