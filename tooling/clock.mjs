/**
 * Milliseconds on the machine's monotonic clock: the same in every process, so that a moment in one
 * can be compared with a moment in another.
 */
export function monotonicNow() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  if (milliseconds >= 1_000) return `${(milliseconds / 1_000).toFixed(2)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}
