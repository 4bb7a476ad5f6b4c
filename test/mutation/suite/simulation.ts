import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Takeover } from '../../../lib/core/model/takeover.js';
import { mixtures } from '../../simulation/faults/arbitrary-faults.js';
import type { FaultKind } from '../../simulation/faults/faults.js';
import { schedulesWith, withoutStrictOnly } from '../../simulation/faults/schedules.js';
import { simulate } from '../../simulation/simulate.js';

/** Schedules for each test. A mutant is tested with all of them that cover it, so a few have to do. */
const RUNS = 5;
const SEED = 20_261_127;

type Fleet = readonly [name: string, takeover: readonly Takeover[]];

/** A fixed share of the simulation, in tests of their own for the kinds of worlds. */
describe.each<Fleet>([
  ['strict', ['strict']],
  ['fast', ['fast']],
  ['mixed', ['fast', 'strict']],
])('a fleet that is %s keeps every promise of the protocol', (name, takeover) => {
  const kindsOf = (mixture: readonly FaultKind[]) =>
    name === 'strict' ? mixture : withoutStrictOnly(mixture);

  it.each(mixtures.map((mixture) => [kindsOf(mixture)] as const))('under %j', async (kinds) => {
    const schedules = schedulesWith(fc.constant(takeover), kinds);
    for (const schedule of fc.sample(schedules, { numRuns: RUNS, seed: SEED })) {
      const { violation } = await simulate(schedule);
      expect(violation).toBeUndefined();
    }
  });
});
