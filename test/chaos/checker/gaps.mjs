import { SETTLED } from '../settings.mjs';
import { bounds, everyBound, SLACK } from './bounds.mjs';
import { instanceOf } from './records.mjs';

/** @typedef {import('./records.mjs').Interval} Interval */
/** @typedef {import('../faults/fault.mjs').Struck} Struck */

/** @typedef {Pick<import('./check.mjs').Run, 'takeover' | 'reserve'>} Rule */

/**
 * A time without a leader.
 *
 * @typedef {object} Gap
 * @property {number} from
 * @property {number} to
 * @property {number} milliseconds
 * @property {string} kind of the fault, or `several at once`
 * @property {number} bound
 */

/**
 * @param {readonly Interval[]} intervals by their beginning
 * @param {readonly Struck[]} faults
 * @param {number} end of the run
 * @param {Rule} rule
 * @returns {Gap[]}
 */
export function gaps(intervals, faults, end, rule) {
  const found = [];
  let last = intervals[0];
  for (const interval of [...intervals, { process: '', from: end, to: end }]) {
    // What a process reads every millisecond is not seamless.
    if (last && interval.from - last.to > 5)
      found.push(describe(last, interval.from, faults, rule));
    if (!last || interval.to > last.to) last = interval;
  }
  return found;
}

/**
 * @param {Interval} last
 * @param {number} to
 * @param {readonly Struck[]} faults
 * @param {Rule} rule
 * @returns {Gap}
 */
function describe(last, to, faults, { takeover, reserve }) {
  const from = last.to;
  const involved = faults.filter((fault) => fault.from < to && fault.to > from - SETTLED);
  const [only] = involved.length === 1 ? involved : [];
  const strikesLeader = only && (!only.instance || only.instance === instanceOf(last.process));
  const [kind, bound] =
    involved.length === 0
      ? ['no fault', SLACK]
      : strikesLeader
        ? [only.kind, bounds(only, from, takeover)]
        : ['several at once', everyBound(from, involved)];
  return { from, to, milliseconds: to - from, kind, bound: bound + reserve };
}
