import fc from 'fast-check';
import type { Fault, FaultKind } from './faults.js';

/** Often at once, often soon, sometimes when everything is calm again. */
const after = fc.oneof(fc.nat(20), fc.nat(400), fc.nat(3_000), fc.nat(9_000));
const lasting = fc.oneof(fc.nat(1_000), fc.nat(8_000), fc.nat(16_000));
const downtime = fc.oneof(fc.constant(0), fc.nat(1_000), fc.nat(8_000));
/** Half of the time whoever leads. */
const who = fc.nat(9);

/** Usually there is only one. */
const election = fc.constantFrom(0, 0, 1, 2);

const kind = <K extends FaultKind>(name: K) => fc.constant(name);

/** What a fault of each kind may look like. */
export const arbitraryFaults: Record<FaultKind, fc.Arbitrary<Fault>> = {
  partition: fc.record({
    kind: kind('partition'),
    after,
    who,
    way: fc.constantFrom('both', 'to server', 'to client'),
    lasting,
  }),
  freeze: fc.record({ kind: kind('freeze'), after, who, lasting }),
  suspend: fc.record({ kind: kind('suspend'), after, who, lasting }),
  kill: fc.record({ kind: kind('kill'), after, who, gone: fc.constantFrom('process', 'host') }),
  join: fc.record({
    kind: kind('join'),
    after,
    candidate: fc.constantFrom(true, true, true, false),
  }),
  stop: fc.record({ kind: kind('stop'), after, who }),
  resign: fc.record({ kind: kind('resign'), after, who, election: fc.nat(2) }),
  'clock step': fc.record({
    kind: kind('clock step'),
    after,
    who,
    by: fc.integer({ min: -9_000, max: 9_000 }),
  }),
  'slow server': fc.record({ kind: kind('slow server'), after, lasting, longest: fc.nat(5_000) }),
  restart: fc.record({
    kind: kind('restart'),
    after,
    how: fc.constantFrom('clean', 'crash', 'backend crash'),
    downtime,
  }),
  failover: fc.record({ kind: kind('failover'), after, downtime }),
  'client reset': fc.record({ kind: kind('client reset'), after, who }),
  'server reset': fc.record({ kind: kind('server reset'), after, who }),
  terminate: fc.record({ kind: kind('terminate'), after, who }),
  notifications: fc.record({
    kind: kind('notifications'),
    after,
    who,
    trouble: fc.constantFrom('lost', 'late', 'doubled'),
    lasting,
  }),
  'no announcements': fc.record({ kind: kind('no announcements'), after, lasting }),
  stranger: fc.record({
    kind: kind('stranger'),
    after,
    says: fc.constantFrom(
      'acquired',
      'elected',
      'leading',
      'stepping-down',
      'resigned',
      'resign-request',
      'who-leads',
      'roll-call',
    ),
    count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })),
    lasting: fc.oneof(fc.constant(0), lasting),
    election,
    key: fc.constantFrom('lock', 'lock', 'lock', 'heir', 'other'),
    of: fc.option(fc.nat(4), { nil: undefined }),
    moment: fc.constantFrom('now', 'a while ago', 'soon', 'first', 'last'),
    term: fc.constantFrom('first', 'next', 'last'),
    stays: fc.boolean(),
  }),
  'resign requests': fc.record({
    kind: kind('resign requests'),
    after,
    who,
    election,
    count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 50 })),
    lasting,
  }),
};

/** After these the lock is free while its holder may not know: only `strict` takes that into account. */
export const strictOnly: readonly FaultKind[] = ['server reset', 'terminate'];

/** What the server never does, and `strict` relies on: a session hears of everything, in order, before it is answered. */
const neverOfTheServer: readonly FaultKind[] = ['notifications'];

const all = (Object.keys(arbitraryFaults) as FaultKind[]).filter(
  (kind) => !neverOfTheServer.includes(kind),
);

/** Faults that go together: where everything happens at once, few things happen long enough to matter. */
export const mixtures: readonly (readonly FaultKind[])[] = [
  all,
  ['partition', 'terminate', 'server reset', 'stop', 'resign'],
  ['partition', 'terminate', 'freeze', 'clock step'],
  ['partition', 'restart', 'join', 'freeze'],
  ['partition', 'failover', 'join', 'freeze'],
  ['partition', 'suspend', 'terminate', 'kill', 'join'],
  ['slow server', 'stop', 'resign', 'client reset', 'join'],
  ['kill', 'partition', 'freeze', 'resign', 'join'],
  ['client reset', 'server reset', 'kill', 'join', 'terminate'],
  ['stranger', 'resign', 'stop', 'join', 'resign requests'],
  ['stranger', 'partition', 'terminate', 'resign', 'kill'],
  ['notifications', 'no announcements', 'resign', 'stop', 'kill', 'partition', 'client reset'],
  ['no announcements', 'partition', 'terminate', 'resign', 'stop'],
];
