import { timings } from '../settings.mjs';
import { gaps } from './gaps.mjs';
import { unpairedHooks } from './hooks.mjs';
import { overlaps } from './overlaps.mjs';
import { staleTerms } from './terms.mjs';
import { staleWrites } from './writes.mjs';

/**
 * @typedef {object} Run
 * @property {import('./records.mjs').Records} records
 * @property {readonly import('../faults/fault.mjs').Struck[]} faults
 * @property {readonly import('./writes.mjs').Write[]} writes
 * @property {readonly string[]} crashes
 * @property {'fast' | 'strict'} takeover
 * @property {number} reserve milliseconds for which nobody may lead besides, since those in reserve look in only now and then
 * @property {number} end
 */

/**
 * A run of one or more elections.
 *
 * @typedef {Omit<Run, 'records' | 'writes'> & { elections: readonly (Pick<Run, 'records' | 'writes'> & { name: string })[] }} WholeRun
 */

/** A rule that was broken. @typedef {{ rule: string, at: number | undefined, what: unknown, election?: string }} Violation */

/** Each election for itself. @param {WholeRun} run */
export function checkAll({ elections, crashes, ...run }) {
  const outcomes = elections.map(({ name, ...recorded }, index) => {
    // A crash is one, however many elections the process had.
    const outcome = check({ ...run, ...recorded, crashes: index === 0 ? crashes : [] });
    return {
      ...outcome,
      violations: outcome.violations.map((violation) => ({ ...violation, election: name })),
    };
  });
  return {
    violations: outcomes.flatMap(({ violations }) => violations),
    gaps: outcomes.flatMap(({ gaps: some }) => some),
    allowedOverlaps: outcomes.flatMap(({ allowedOverlaps }) => allowedOverlaps),
  };
}

/** @param {Run} run */
export function check({ records, faults, writes, crashes, takeover, reserve, end }) {
  const { intervals, happenings } = records;
  const { renewDeadline } = timings;
  const together = overlaps(intervals, { faults, takeover, renewDeadline });
  const without = gaps(intervals, faults, end, { takeover, reserve });
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
    ...staleWrites(writes).map((what) => ({ rule: 'a stale write', at: undefined, what })),
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
