import fc from 'fast-check';
import type { Takeover } from '../../../lib/election/takeover.js';
import type { DutyTrouble } from '../instances/simulated-duties.js';
import type { Latency } from '../network/path.js';
import type { Fault } from './faults.js';

/** Everything that a run depends on. */
export interface Schedule {
  /** Of latencies, jitter, and the time that duties take. */
  readonly seed: number;
  readonly takeover: Takeover;
  readonly instances: number;
  readonly elections: number;
  readonly clockError: number;
  readonly latency: Latency;
  readonly trouble: DutyTrouble;
  readonly faults: readonly Fault[];
}

/** Often at once, often soon, sometimes when everything is calm again. */
const after = fc.oneof(fc.nat(20), fc.nat(400), fc.nat(3_000), fc.nat(9_000));
const lasting = fc.oneof(fc.nat(1_000), fc.nat(8_000), fc.nat(16_000));
const downtime = fc.oneof(fc.constant(0), fc.nat(1_000), fc.nat(8_000));
const who = fc.nat(9);

const common: fc.Arbitrary<Fault>[] = [
  fc.record({
    kind: fc.constant('partition'),
    after,
    who,
    way: fc.constantFrom('both', 'to server', 'to client'),
    lasting,
  }),
  fc.record({ kind: fc.constant('freeze'), after, who, lasting }),
  fc.record({ kind: fc.constant('suspend'), after, who, lasting }),
  fc.record({ kind: fc.constant('kill'), after, who, gone: fc.constantFrom('process', 'host') }),
  fc.record({
    kind: fc.constant('join'),
    after,
    candidate: fc.constantFrom(true, true, true, false),
  }),
  fc.record({ kind: fc.constant('stop'), after, who }),
  fc.record({ kind: fc.constant('resign'), after, who, election: fc.nat(2) }),
  fc.record({
    kind: fc.constant('clock step'),
    after,
    who,
    by: fc.integer({ min: -9_000, max: 9_000 }),
  }),
  fc.record({ kind: fc.constant('slow server'), after, lasting, longest: fc.nat(5_000) }),
  fc.record({
    kind: fc.constant('restart'),
    after,
    how: fc.constantFrom('clean', 'crash', 'backend crash'),
    downtime,
  }),
  fc.record({ kind: fc.constant('failover'), after, downtime }),
  fc.record({ kind: fc.constant('client reset'), after, who }),
];

/** After these the lock is free while its holder may not know: only `strict` takes that into account. */
const strictOnly: fc.Arbitrary<Fault>[] = [
  fc.record({ kind: fc.constant('server reset'), after, who }),
  fc.record({ kind: fc.constant('terminate'), after, who }),
];

function schedulesWith(takeover: Takeover, faults: fc.Arbitrary<Fault>[]): fc.Arbitrary<Schedule> {
  return fc.record({
    seed: fc.noShrink(fc.nat()),
    takeover: fc.constant(takeover),
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
    faults: fc.array(fc.oneof(...faults), { minLength: 1, maxLength: 10, size: 'max' }),
  });
}

export const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  schedulesWith('fast', common),
  schedulesWith('strict', [...common, ...strictOnly]),
);
