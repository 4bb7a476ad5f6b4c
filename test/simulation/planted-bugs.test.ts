import { describe, expect, it } from '@jest/globals';
import { checkSchedules } from './check-schedules.js';
import { plantedBugs, type PlantedBug } from './planted-bugs.js';

/** Milliseconds that a test may take on a machine that is busy with others. */
const PATIENCE = 180_000;

/** The simulation is worth something only if it finds mistakes: here each is made on purpose. */
describe('the simulation finds', () => {
  const bugs: [string, PlantedBug, RegExp][] = [
    [
      'trust that is not checked when it is read',
      plantedBugs.noCheckAtTheRead,
      /both lead|leads \d in term \d+ after/,
    ],
    [
      'a lock that is released before the duties have stopped',
      plantedBugs.releaseBeforeDraining,
      /still (being stopped|stopping)/,
    ],
    [
      'a session that is used on after a try that was given up',
      plantedBugs.sessionReusedAfterTimeout,
      /Nobody leads|lock/,
    ],
    [
      'trust that runs from the answer',
      plantedBugs.trustFromTheAnswer,
      /both lead|leads \d in term \d+ after/,
    ],
    [
      'a new leader that does not wait',
      plantedBugs.noTakeoverWait,
      /both lead|leads \d in term \d+ after/,
    ],
    [
      'a lost answer to a commit that is taken for a rollback',
      plantedBugs.lostCommitTakenForRollback,
      /rolled back/,
    ],
  ];

  it.each(bugs)(
    '%s',
    async (_what, bug, violation) => {
      const found = await checkSchedules({ runs: 3_000, seed: 1, bug, asFound: true });
      expect(found.violation).toMatch(violation);
    },
    PATIENCE,
  );
});
