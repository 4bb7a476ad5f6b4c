import { Calm, RECOVERY } from './calm.mjs';
import { leaderships } from './leaderships.mjs';

/** How long it may take until a run is in the database, in milliseconds. */
const WRITTEN = 2_000;

/**
 * A run of the job, as the database has it.
 *
 * @typedef {{ id: string, tick: string, term: string, instance: string, caught_up: boolean, fenced: boolean }} RecordedRun
 */

/**
 * What the database has of the runs, beside what the processes wrote down when they began.
 *
 * - Each is in the database once at the most: written by the application, and in a fenced transaction.
 * - Nothing else is.
 * - Both are there, where nothing happened to the leader or the server.
 *
 * @param {Pick<import('../check.mjs').Run, 'records' | 'faults' | 'runs' | 'end'> & { epoch: number }} run
 * @returns {import('../check.mjs').Violation[]}
 */
export function wronglyRecorded({ records, faults, runs, epoch, end }) {
  const calm = new Calm(faults);
  const begun = leaderships(records, epoch).flatMap(({ until, runs: some }) =>
    some.map((run) => ({ ...run, until })),
  );
  const keys = new Set(begun.map(keyOf));
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const run of runs) {
    const key = `${keyOfRecorded(run)} ${run.fenced}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [
    ...runs
      .filter((run) => !keys.has(keyOfRecorded(run)))
      .map((what) => ({ rule: 'a run that nobody began', at: undefined, what })),
    ...[...counts]
      .filter(([, count]) => count > 1)
      .map(([what, count]) => ({
        rule: 'a run that was recorded twice',
        at: undefined,
        what: { what, count },
      })),
    ...begun
      .filter(({ at, process, until }) => {
        const [from, to] = [at - RECOVERY, at + WRITTEN];
        return (
          until >= to && end >= to && calm.ofInstance(process, from, to) && calm.ofServer(from, to)
        );
      })
      .filter((run) => [true, false].some((fenced) => !counts.has(`${keyOf(run)} ${fenced}`)))
      .map((what) => ({ rule: 'a run that was not recorded', at: what.at, what })),
  ];
}

/** @param {RecordedRun} run */
const keyOfRecorded = ({ instance, term, tick, caught_up: caughtUp }) =>
  keyOf({ process: instance, term, tick: Number(tick), caughtUp });

/** @param {{ process: string, term: string, tick: number, caughtUp: boolean }} run */
const keyOf = ({ process, term, tick, caughtUp }) => `${process} ${term} ${tick} ${caughtUp}`;
