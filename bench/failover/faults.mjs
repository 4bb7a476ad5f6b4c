import { setTimeout as delay } from 'node:timers/promises';

/**
 * Two processes, the second of which takes over from the first. The times are those of the machine's monotonic clock, in
 * milliseconds, which all processes share.
 *
 * @typedef {object} Pair
 * @property {(signal: NodeJS.Signals) => void} signal to the first
 * @property {() => Promise<number>} stop stops the first, and gives the moment in which its duties had stopped
 * @property {() => Promise<number>} takenOver gives the moment in which the second took over
 * @property {() => Promise<void>} dispose ends both
 */

/**
 * @typedef {object} Fault
 * @property {string} name
 * @property {(pair: Pair) => Promise<number>} measure milliseconds from the fault to the takeover
 */

/**
 * @typedef {object} Measurement
 * @property {Fault} fault
 * @property {object} options of the elector
 * @property {number} rounds
 * @property {number} bound the p99 that is promised, in milliseconds
 * @property {number[]} [elector] milliseconds
 * @property {number[]} [waiter] milliseconds
 */

export const monotonicNow = () => Number(process.hrtime.bigint()) / 1e6;

/** Longer than the rhythms in which an heir polls and a leader sends heartbeats, in milliseconds. */
const LONGEST_WAIT = 500;

/** @param {Pair} pair @param {() => number | Promise<number>} strike gives the moment of the fault */
async function measure(pair, strike) {
  try {
    // At a random moment: both would otherwise still be in step with how the pair was made.
    await delay(LONGEST_WAIT * Math.random());
    const since = await strike();
    return (await pair.takenOver()) - since;
  } finally {
    await pair.dispose();
  }
}

/** @param {NodeJS.Signals} signal @returns {Fault['measure']} */
const bySignal = (signal) => (pair) =>
  measure(pair, () => {
    const since = monotonicNow();
    pair.signal(signal);
    return since;
  });

/** @type {Fault} */
export const gracefulStop = {
  name: 'graceful stop',
  measure: (pair) => measure(pair, () => pair.stop()),
};

/** @type {Fault} */
export const kill = { name: 'SIGKILL', measure: bySignal('SIGKILL') };

/** @type {Fault} */
export const freeze = { name: 'SIGSTOP', measure: bySignal('SIGSTOP') };
