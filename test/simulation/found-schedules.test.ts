import { describe, expect, it } from '@jest/globals';
import type { Schedule } from './faults/schedules.js';
import { simulate } from './simulate.js';
import { formatTimeline } from './timeline.js';

type Found = Omit<Schedule, 'seed'>;

/** What all of them have in common: a calm network, exact clocks, duties that behave. */
const calm: Omit<Found, 'faults'> = {
  takeover: 'strict',
  instances: 3,
  elections: 1,
  clockError: 0,
  latency: { usual: 1, slow: 20, slowShare: 0 },
  trouble: { failing: 0, hanging: 0, late: 0, endless: 0 },
};

/** Whoever leads. */
const leader = 9;

/** Schedules that the simulation once found to end with two leaders, as small as they got. */
const found: Record<string, Found> = {
  'a successor that stops while it waits for its predecessor is not taken for one that resigned': {
    ...calm,
    faults: [
      { kind: 'partition', after: 9_000, who: leader, way: 'both', lasting: 8_000 },
      { kind: 'server reset', after: 100, who: leader },
      { kind: 'stop', after: 1_000, who: 1 },
    ],
  },
  'a newcomer whose setup took long does not take the server for older than it is': {
    ...calm,
    takeover: 'fast',
    instances: 1,
    latency: { usual: 1, slow: 4_000, slowShare: 0.2 },
    faults: [
      { kind: 'partition', after: 9_000, who: leader, way: 'both', lasting: 9_000 },
      { kind: 'restart', after: 0, how: 'clean', downtime: 0 },
      { kind: 'join', after: 0, candidate: true },
      { kind: 'join', after: 0, candidate: true },
      { kind: 'join', after: 0, candidate: true },
    ],
  },
  'a predecessor whose clock is slow is waited for by a successor whose clock is fast': {
    ...calm,
    clockError: 0.005,
    faults: [
      { kind: 'partition', after: 9_180, who: leader, way: 'both', lasting: 9_000 },
      { kind: 'server reset', after: 0, who: leader },
    ],
  },
};

/** Each is tried often, since what is left to chance may miss the moment. */
const TRIES = 50;

describe('a schedule that once ended badly', () => {
  it.each(Object.entries(found))('%s', async (_what, schedule) => {
    for (let seed = 1; seed <= TRIES; seed += 1) {
      const { violation, timeline } = await simulate({ ...schedule, seed }, { record: true });
      expect(violation ? formatTimeline(timeline) : undefined).toBeUndefined();
    }
  });
});
