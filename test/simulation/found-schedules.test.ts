import { describe, expect, it } from '@jest/globals';
import type { Schedule } from './faults/schedules.js';
import { simulate } from './simulate.js';
import { formatTimeline } from './timeline.js';

/** What all of them have in common: a calm network, exact clocks, duties that behave. */
const calm: Omit<Schedule, 'faults'> = {
  seed: 1,
  takeover: 'strict',
  instances: 3,
  elections: 1,
  clockError: 0,
  latency: { usual: 1, slow: 20, slowShare: 0 },
  trouble: { failing: 0, hanging: 0, endless: 0 },
};
const leader = 9;

/** Schedules that the simulation once found to end badly, as small as they got. */
const found: Record<string, Schedule> = {
  'a successor that is stopped while it waits for its predecessor’s trust to run out does not hide it':
    {
      ...calm,
      faults: [
        { kind: 'partition', after: 9_000, who: leader, way: 'both', lasting: 8_000 },
        { kind: 'server reset', after: 100, who: leader },
        { kind: 'stop', after: 1_000, who: 1 },
      ],
    },
};

describe('a schedule that once ended badly', () => {
  it.each(Object.entries(found))('%s', async (_what, schedule) => {
    const { violation, timeline } = await simulate(schedule, { record: true });
    expect(violation ? formatTimeline(timeline) : undefined).toBeUndefined();
  });
});
