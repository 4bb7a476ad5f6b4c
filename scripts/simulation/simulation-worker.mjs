// Lives through the batches that it is sent. A rejection that nobody handles ends it, and that is a finding too.
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
    console.error(`\nIn the batch of seed ${seed}:`, error);
    process.exit(1);
  });
  const checked = await checkSchedules({ runs, seed, path, onRun });
  await setImmediate(); // Here Node looks at rejections that nobody handled.
  process.removeAllListeners('uncaughtException');
  process.send?.({ runs: checked.runs, faults, report: checked.report });
}
