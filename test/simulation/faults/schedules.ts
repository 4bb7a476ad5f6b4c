import fc from 'fast-check';
import type { DutyTrouble } from '../instances/simulated-hooks.js';
import type { Latency } from '../network/path.js';
import type { Surroundings } from '../server/simulated-server.js';
import { arbitraryFaults, mixtures, strictOnly } from './arbitrary-faults.js';
import type { Fault, FaultKind } from './faults.js';
import type { Takeover } from '../../../lib/core/model/takeover.js';

/** Everything that a run depends on. */
export interface Schedule {
  /** Of latencies, jitter, and the time that duties take. */
  readonly seed: number;
  /** Of all instances; or of each, in the order in which they join, again and again. */
  readonly takeover: Takeover | readonly Takeover[];
  /** Whether the elections of the fleet settle on different instances; left out: they do not. */
  readonly spread?: boolean | undefined;
  readonly instances: number;
  readonly elections: number;
  /** So many of the instances have a session at the most; left out: all of them. */
  readonly maxCandidates?: number | undefined;
  /** Whether every other instance runs a later version of the library; left out: none does. */
  readonly later?: boolean | undefined;
  readonly clockError: number;
  readonly latency: Latency;
  readonly trouble: DutyTrouble;
  /** Milliseconds between two ticks of each election's job, which catches up; left out: there is no job. */
  readonly period?: number | undefined;
  readonly surroundings?: Surroundings;
  readonly faults: readonly Fault[];
}

/** Some of the instances are fast, some strict. */
const mixed = fc.constantFrom<(readonly Takeover[])[]>(
  ['strict', 'fast'],
  ['fast', 'strict'],
  ['fast', 'strict', 'strict'],
  ['fast', 'fast', 'strict'],
);

/** So many elections are more than a fleet has instances: they settle on all of them. */
const MANY = 12;
/** By the seed of a schedule, so that nothing else about it depends on them: limits on the number of sessions, and versions. */
const LIMITS = [undefined, undefined, undefined, undefined, 1, 2, 3];
const VERSIONS = [false, false, true];

/** Schedules of faults of some kinds. */
export function schedulesWith(
  takeover: fc.Arbitrary<Schedule['takeover']>,
  kinds: readonly FaultKind[],
): fc.Arbitrary<Schedule> {
  const drawn = fc.record({
    seed: fc.noShrink(fc.nat()),
    takeover,
    spread: fc.boolean(),
    instances: fc.integer({ min: 1, max: 4 }),
    elections: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(1, 1, 1, 2, 3) },
      { weight: 1, arbitrary: fc.constant(MANY) },
    ),
    clockError: fc.constantFrom(0, 0, 0.0005, 0.005),
    latency: fc.record({
      usual: fc.constantFrom(1, 20),
      slow: fc.constantFrom(20, 500, 4_000),
      slowShare: fc.constantFrom(0, 0, 0.01, 0.05),
    }),
    trouble: fc.record({
      failing: fc.constantFrom(0, 30),
      hanging: fc.constantFrom(0, 10),
      late: fc.constantFrom(0, 0, 10),
      endless: fc.constantFrom(0, 10),
    }),
    period: fc.constantFrom(undefined, undefined, 30_000, 5_000, 1_000),
    surroundings: fc.record({
      hidesActivity: fc.constantFrom(false, false, false, false, true),
      pooler: fc.constantFrom<Surroundings['pooler'][]>(undefined, undefined, 'hidden', 'declared'),
    }),
    faults: fc.array(fc.oneof(...kinds.map((kind) => arbitraryFaults[kind])), {
      minLength: 1,
      maxLength: 10,
      size: 'max',
    }),
  });
  return drawn.map((schedule) => ({
    ...schedule,
    spread: schedule.spread || schedule.elections === MANY,
    maxCandidates: LIMITS[schedule.seed % LIMITS.length],
    later: VERSIONS[schedule.seed % VERSIONS.length],
  }));
}

export const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  ...mixtures.flatMap((kinds) => [
    schedulesWith(fc.constant('strict'), kinds),
    schedulesWith(fc.oneof(fc.constant<Takeover>('fast'), mixed), withoutStrictOnly(kinds)),
  ]),
  // What of these a mixed fleet does not live through, the referee knows.
  schedulesWith(mixed, mixtures[1] ?? []),
);

export function withoutStrictOnly(kinds: readonly FaultKind[]): readonly FaultKind[] {
  return kinds.filter((kind) => !strictOnly.includes(kind));
}
