import { expect, it } from '@jest/globals';
import { checkSchedules } from './check-schedules.js';

/** `npm run test:simulation` runs as many as one likes, from any seed. These are always the same. */
const RUNS = 2_000;
const SEED = 20_261_127;

/** Milliseconds that they may take on a machine that is busy with others. */
const PATIENCE = 300_000;

it(
  'keeps every promise of the protocol under random faults',
  async () => {
    const { report } = await checkSchedules({ runs: RUNS, seed: SEED });
    expect(report).toBeUndefined();
  },
  PATIENCE,
);
