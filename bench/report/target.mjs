import { format } from './statistics.mjs';

/**
 * A limit, and what was measured.
 *
 * @typedef {object} Target
 * @property {string} what
 * @property {number} limit
 * @property {number} measured
 * @property {string} unit
 * @property {boolean} isMet
 */

/** @param {string} what @param {number} measured @param {number} limit @param {string} unit @returns {Target} */
export function atMost(what, measured, limit, unit) {
  return { what, measured, limit, unit, isMet: measured <= limit };
}

export const TARGET_HEAD = ['target', 'at most', 'measured', 'result'];

/** @param {Target} target */
export function targetRow({ what, measured, limit, unit, isMet }) {
  const withUnit = (/** @type {number} */ value) => `${format(value)} ${unit}`.trim();
  return [what, withUnit(limit), withUnit(measured), isMet ? 'met' : '**missed**'];
}
