import { timings } from '../settings.mjs';
import { catchingUp } from './catching-up/catching-up.mjs';
import { wronglyRecorded } from './catching-up/recorded-runs.mjs';
import { gaps } from './gaps.mjs';
import { unpairedHooks } from './hooks.mjs';
import { overlaps } from './overlaps.mjs';
import { joinedStandby, triesAtStandby } from './standbys.mjs';
import { staleTerms } from './terms.mjs';
import { staleWrites } from './writes.mjs';

/**
 * @typedef {object} Run
 * @property {import('./records.mjs').Records} records
 * @property {readonly import('../faults/fault.mjs').Struck[]} faults
 * @property {readonly import('./writes.mjs').Write[]} writes
 * @property {readonly import('./catching-up/recorded-runs.mjs').RecordedRun[]} runs of the job that catches up
 * @property {number | undefined} epoch the wall clock at the beginning of the monotonic one; undefined where it was set meanwhile
 * @property {readonly string[]} crashes
 * @property {'fast' | 'strict'} takeover
 * @property {number} reserve milliseconds for which nobody may lead besides, since those in reserve look in only now and then
 * @property {number} end
 */

/**
 * A run of one or more elections.
 *
 * @typedef {Pick<Run, 'records' | 'writes' | 'runs'>} OfElection
 * @typedef {Omit<Run, keyof OfElection> & { elections: readonly (OfElection & { name: string })[] }} WholeRun
 */

/** A rule that was broken. @typedef {{ rule: string, at: number | undefined, what: unknown, election?: string }} Violation */

/** Each election for itself, and what all have in common. @param {WholeRun} run */
export function checkAll({ elections, crashes, ...run }) {
  /** @type {Violation[]} */
  const common = triesAtStandby(run.faults).map((what) => ({
    rule: 'a lock tried at a standby',
    at: what.from,
    what,
  }));
  const outcomes = elections.map(({ name, ...recorded }, index) => {
    // A crash is one, however many elections the process had.
    const outcome = check({ ...run, ...recorded, crashes: index === 0 ? crashes : [] });
    return {
      ...outcome,
      violations: outcome.violations.map((violation) => ({ ...violation, election: name })),
    };
  });
  return {
    violations: [...common, ...outcomes.flatMap(({ violations }) => violations)],
    gaps: outcomes.flatMap(({ gaps: some }) => some),
    allowedOverlaps: outcomes.flatMap(({ allowedOverlaps }) => allowedOverlaps),
    judged: outcomes.flatMap(({ judged }) => judged ?? []),
  };
}

/** @param {Run} run */
export function check({ records, faults, writes, runs, crashes, takeover, reserve, epoch, end }) {
  const { intervals, happenings } = records;
  const { renewDeadline } = timings;
  const together = overlaps(intervals, { faults, takeover, renewDeadline });
  const without = gaps(intervals, faults, end, { takeover, reserve });
  const job = epoch === undefined ? undefined : catchingUp({ records, faults, epoch });
  /** @type {Violation[]} */
  const violations = [
    ...together
      .filter(({ allowedBy }) => !allowedBy)
      .map((what) => ({ rule: 'two leaders at the same time', at: what.second.from, what })),
    ...staleTerms(happenings, faults).map((what) => ({
      rule: 'a term that is not greater',
      at: what.after.at,
      what,
    })),
    ...unpairedHooks(happenings).map((what) => ({
      rule: 'hooks out of turn',
      at: what.at,
      what,
    })),
    ...[writes, runs.filter(({ fenced }) => fenced)].flatMap((fenced) =>
      staleWrites(fenced).map((what) => ({ rule: 'a stale write', at: undefined, what })),
    ),
    ...(job?.violations ?? []),
    ...(epoch === undefined ? [] : wronglyRecorded({ records, faults, runs, epoch, end })),
    ...joinedStandby(records, faults).map((what) => ({
      rule: 'a standby that was taken for a primary',
      at: what.at,
      what,
    })),
    ...without
      .filter(({ milliseconds, bound }) => milliseconds > bound)
      .map((what) => ({ rule: 'too long without a leader', at: what.from, what })),
    ...failures(happenings),
    ...crashes.map((what) => ({ rule: 'a process that crashed', at: undefined, what })),
  ];
  if (intervals.length === 0) {
    violations.push({ rule: 'nobody ever led', at: undefined, what: undefined });
  }
  return {
    violations,
    gaps: without,
    allowedOverlaps: together.filter(({ allowedBy }) => allowedBy),
    judged: job?.judged,
  };
}

/** @param {Run['records']['happenings']} happenings @returns {Violation[]} */
function failures(happenings) {
  return [...happenings].flatMap(([process, all]) =>
    all
      .filter(({ what }) => what === 'failure' || what === 'write failed')
      .map((what) => ({ rule: 'an unexpected error', at: what.at, what: { process, ...what } })),
  );
}
