// Runs the batches that it receives. An unhandled rejection ends it, which is a finding as well.
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [, , directory] = process.argv;
const { checkSchedules } = await import(
  `${pathToFileURL(String(directory)).href}/test/simulation/check-schedules.js`
);

// Ctrl-C reaches every process of a terminal; the one that hands out the batches decides.
process.on('SIGINT', () => {});
process.on(
  'message',
  (/** @type {import('./run-simulation.mjs').Batch} */ batch) => void live(batch),
);

/** @param {import('./run-simulation.mjs').Batch} batch */
async function live({ seed, runs, path }) {
  /** @type {Record<string, number>} */
  const faults = {};
  const onRun = (/** @type {readonly string[]} */ kinds) => {
    for (const kind of kinds) faults[kind] = (faults[kind] ?? 0) + 1;
  };
  process.once('uncaughtException', (error) => {
    console.error(`\nIn the batch with seed ${seed}:`, error);
    process.exit(1);
  });
  const checked = await checkSchedules({ runs, seed, path, onRun });
  await setImmediate(); // Node reports unhandled rejections here.
  process.removeAllListeners('uncaughtException');
  process.send?.({ runs: checked.runs, faults, report: checked.report });
}
