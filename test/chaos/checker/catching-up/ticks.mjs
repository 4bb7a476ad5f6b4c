import { JOB } from '../../settings.mjs';

/** By what a moment may be off: timers are late by a millisecond, and the wall clock is read in whole ones. */
export const TIMER = 5;

/** @param {number} wall in milliseconds @param {number} epoch the wall clock at the beginning of the monotonic one */
export const monotonicOf = (wall, epoch) => wall - epoch;

/** The last tick before a moment, both monotonic. @param {number} moment @param {number} epoch */
export function lastTick(moment, epoch) {
  return Math.floor((moment + epoch) / JOB.period) * JOB.period - epoch;
}

/**
 * When the job was due after `from` and until `to`.
 *
 * @param {number} from @param {number} to @param {number} epoch
 */
export function ticksBetween(from, to, epoch) {
  const ticks = [];
  for (let tick = lastTick(from, epoch) + JOB.period; tick <= to; tick += JOB.period) {
    ticks.push(tick);
  }
  return ticks;
}
