import { describe, expect, it } from '@jest/globals';
import type { Fault } from './faults/faults.js';
import { simulate } from './simulate.js';
import type { Takeover } from '../../lib/core/model/takeover.js';

/** Whoever leads. */
const leader = 9;

function cutOffAnd(kind: 'terminate' | 'server reset', takeover: Takeover) {
  return withFaults(takeover, [
    { kind: 'partition', after: 9_000, who: leader, way: 'both', lasting: 12_000 },
    { kind, after: 100, who: leader },
  ]);
}

function withFaults(takeover: Takeover, faults: readonly Fault[]) {
  return simulate({
    seed: 1,
    takeover,
    instances: 3,
    elections: 1,
    clockError: 0,
    latency: { usual: 1, slow: 20, slowShare: 0 },
    trouble: { failing: 0, hanging: 0, late: 0, endless: 0 },
    faults,
  });
}

/** What docs and README say of the limits: each limit is real, and `strict` is the remedy that they name. */
describe.each(['terminate', 'server reset'] as const)(
  'a leader that is cut off while its session ends at the server alone (%s)',
  (kind) => {
    it("overlaps with its successor with takeover 'fast'", async () => {
      const { violation } = await cutOffAnd(kind, 'fast');
      expect(violation?.message).toMatch(/both lead/);
    });

    it("does not overlap with takeover 'strict'", async () => {
      const { violation } = await cutOffAnd(kind, 'strict');
      expect(violation).toBeUndefined();
    });
  },
);

describe('a leader on a machine that is suspended for longer than its lease', () => {
  const suspended = (wallStands: boolean) =>
    withFaults('strict', [
      {
        kind: 'suspend',
        after: 9_000,
        who: leader,
        lasting: 30_000,
        ...(wallStands && { wallStands }),
      },
    ]);

  it('overlaps with its successor where both of its clocks stood still meanwhile', async () => {
    const { violation } = await suspended(true);
    expect(violation?.message).toMatch(/both lead/);
  });

  it('does not overlap where the wall clock went on', async () => {
    const { violation } = await suspended(false);
    expect(violation).toBeUndefined();
  });
});
