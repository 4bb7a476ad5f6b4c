import { instanceOf } from './records.mjs';

/** @typedef {import('./records.mjs').Interval} Interval */
/** @typedef {import('../faults/fault.mjs').Struck} Struck */

/**
 * Two processes that read `isLeader` as true at the same time.
 *
 * @typedef {object} Overlap
 * @property {Interval} first
 * @property {Interval} second
 * @property {number} milliseconds
 * @property {Struck | undefined} allowedBy the fault after which takeover 'fast' does not rule it out
 */

/**
 * @param {readonly Interval[]} intervals by their beginning
 * @param {{ faults: readonly Struck[], takeover: 'fast' | 'strict', renewDeadline: number }} circumstances
 * @returns {Overlap[]}
 */
export function overlaps(intervals, { faults, takeover, renewDeadline }) {
  const found = [];
  for (const [index, second] of intervals.entries()) {
    for (const first of intervals.slice(0, index)) {
      const milliseconds = Math.min(first.to, second.to) - second.from;
      if (milliseconds <= 0 || first.process === second.process) continue;
      const allowedBy = faults.find(
        ({ exempt, instance, from, effect = from }) =>
          takeover === 'fast' &&
          exempt &&
          instance === instanceOf(first.process) &&
          from < second.from &&
          Math.min(first.to, second.to) < effect + renewDeadline,
      );
      found.push({ first, second, milliseconds, allowedBy });
    }
  }
  return found;
}
