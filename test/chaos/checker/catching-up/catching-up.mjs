import { Calm } from './calm.mjs';
import { Knowledge, readyAt, startOf } from './knowledge.mjs';
import { leaderships } from './leaderships.mjs';
import { lastTick, ticksBetween, TIMER } from './ticks.mjs';

/** @typedef {import('./leaderships.mjs').Led} Led */
/** @typedef {import('../check.mjs').Violation} Violation */

/**
 * What was judged, so that a report shows that there was something to judge.
 *
 * @typedef {object} Judged
 * @property {number} runs of the job
 * @property {number} caughtUp how many of them were to catch up
 * @property {number} mustRun in how many elections a tick had been missed, and the new leader had to know that
 * @property {number} mustNotRun in how many the last tick had been run, and the new leader had to know that
 */

/**
 * What docs/catching-up.md promises of a job that catches up, and no more:
 *
 * - A tick that was due between two leaders runs once on the second, if that one was connected when the first one went.
 * - A tick that a leader ran does not run again, if the leader lived for long enough afterwards for the next one to see it, or
 *   stepped down and said so.
 *
 * What counts is that a run began, which its process wrote down: the next leader can't know how far it came.
 *
 * @param {Pick<import('../check.mjs').Run, 'records' | 'faults'> & { epoch: number }} run
 * @returns {{ violations: Violation[], judged: Judged }}
 */
export function catchingUp({ records, faults, epoch }) {
  const all = leaderships(records, epoch);
  const knowledge = new Knowledge(records.happenings, all, new Calm(faults));
  const takeovers = all.flatMap((successor, index) => {
    const last = all[index - 1];
    // Where two led at the same time, nothing lies between them.
    const isClear = all.slice(0, index).every(({ until }) => until < successor.electedAt);
    return last && isClear && hasStartedJob(successor) ? [{ last, successor, index }] : [];
  });

  const missed = takeovers.flatMap(({ last, successor }) => {
    const ticks = ticksBetween(last.until + TIMER, readyAt(successor) - TIMER, epoch);
    return ticks.length > 0 && knowledge.mustKnowEnd(last, successor)
      ? [{ ticks, last, successor }]
      : [];
  });
  const known = takeovers.flatMap(({ successor, index }) => {
    const tick = lastTick(readyAt(successor) - TIMER, epoch);
    const startedAt = catchUpOf(successor)?.at ?? readyAt(successor);
    // Another one was due while the duties started.
    if (lastTick(startedAt + TIMER, epoch) > tick) return [];
    const run = all
      .slice(0, index)
      .flatMap((runner) =>
        runner.runs
          .filter(
            (one) => one.tick - epoch === tick && knowledge.mustKnowRun(one, runner, successor),
          )
          .map((one) => ({ ...one, runner })),
      )[0];
    return run ? [{ run, successor }] : [];
  });

  const runs = all.flatMap((led) => led.runs);
  return {
    violations: [
      ...missed
        .filter(({ ticks, successor }) => !caughtUpOn(successor, ticks))
        .map(({ ticks, last, successor }) => ({
          rule: 'a missed tick that nobody ran',
          at: successor.electedAt,
          what: { due: ticks, last: short(last), successor: short(successor) },
        })),
      ...known
        .filter(({ successor }) => catchUpOf(successor))
        .map(({ run, successor }) => ({
          rule: 'a tick that ran again',
          at: successor.electedAt,
          what: { ran: run.at, last: short(run.runner), successor: short(successor) },
        })),
      ...all.flatMap(repeated),
    ],
    judged: {
      runs: runs.length,
      caughtUp: runs.filter(({ caughtUp }) => caughtUp).length,
      mustRun: missed.length,
      mustNotRun: known.length,
    },
  };
}

/** It was still leading when its job had started, or has even run. @param {Led} led */
function hasStartedJob(led) {
  return led.readyAt !== undefined && (led.until >= startOf(led) || led.runs.length > 0);
}

/** @param {Led} led */
const catchUpOf = ({ runs }) => runs.find(({ caughtUp }) => caughtUp);

/** One run is enough for all that was missed; without a predecessor, it is for nothing before the election. @param {Led} led @param {readonly number[]} ticks */
function caughtUpOn(led, ticks) {
  const run = catchUpOf(led);
  if (!run) return false;
  return run.knewPredecessor || ticks.every((tick) => tick > run.since);
}

/** Within a leadership, each run is for a later tick than the one before. @param {Led} led @returns {Violation[]} */
function repeated({ process, runs }) {
  return runs.slice(1).flatMap((run, index) => {
    const before = /** @type {typeof run} */ (runs[index]);
    return run.tick > before.tick
      ? []
      : [{ rule: 'a tick twice in a term', at: run.at, what: { process, before, run } }];
  });
}

/** @param {Led} led */
const short = ({ process, electedAt, until, reason }) => ({ process, electedAt, until, reason });
