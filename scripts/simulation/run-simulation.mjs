// Hands batches of schedules to worker processes, shows their progress, and prints the result.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import cliProgress from 'cli-progress';
import { compile } from '../../tooling/build/compile-folders.mjs';

/** Schedules that share a seed; fast-check remembers something of each, so a batch has an end. */
const BATCH = 2_000;

/**
 * @typedef {{ seed: number; runs: number; path?: string | undefined }} Batch
 * @typedef {{ runs: number; faults: Record<string, number>; report?: string }} Result
 * @param {{ runs: number; seed: number; path: string | undefined; workers: number }} options
 * @returns {Promise<number>} the exit code
 */
export async function runSimulation({ runs, seed, path, workers }) {
  const batches = path === undefined ? batchesOf(runs, seed) : [{ seed, runs: 1, path }];
  const { directory, remove } = await compile('lib', 'test/simulation');
  const startedAt = performance.now();
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage}%  {value} of {total} schedules  {rate}/s  {eta_formatted} left',
    etaBuffer: 100,
    noTTYOutput: true,
    notTTYSchedule: 15_000,
  });
  /** @type {{ runs: number; faults: Record<string, number>; reports: string[] }} */
  const total = { runs: 0, faults: {}, reports: [] };
  const rate = () => Math.round(total.runs / ((performance.now() - startedAt) / 1_000));
  // On a signal, it finishes the running batches and prints the result so far.
  const breakOff = () => {
    batches.length = 0;
  };
  process.once('SIGINT', breakOff).once('SIGTERM', breakOff);
  if (path === undefined) bar.start(runs, 0, { rate: 0 });
  try {
    const count = Math.min(workers, batches.length);
    await Promise.all(
      Array.from({ length: count }, () =>
        work(directory, batches, (result) => {
          total.runs += result.runs;
          for (const [kind, times] of Object.entries(result.faults)) {
            total.faults[kind] = (total.faults[kind] ?? 0) + times;
          }
          if (result.report !== undefined) {
            total.reports.push(result.report);
            batches.length = 0; // One report is enough.
          }
          bar.update(total.runs, { rate: rate() });
        }),
      ),
    );
  } finally {
    process.off('SIGINT', breakOff).off('SIGTERM', breakOff);
    bar.stop();
    await remove();
  }
  const verdict = total.reports.length === 0 ? 'no rule was violated' : 'a rule was violated';
  console.log(`${total.runs} schedules at ${rate()}/s, starting with seed ${seed}: ${verdict}`);
  for (const [kind, times] of Object.entries(total.faults).sort(([, a], [, b]) => b - a)) {
    console.log(`${String(times).padStart(10)}  ${kind}`);
  }
  for (const report of total.reports) console.log(`\n${report}`);
  return total.reports.length === 0 ? 0 : 1;
}

/**
 * @param {number} runs
 * @param {number} seed
 * @returns {Batch[]}
 */
function batchesOf(runs, seed) {
  return Array.from({ length: Math.ceil(runs / BATCH) }, (_, index) => ({
    seed: seed + index,
    runs: Math.min(BATCH, runs - index * BATCH),
  }));
}

/**
 * One worker, until there are no batches left.
 *
 * @param {string} directory
 * @param {Batch[]} batches
 * @param {(result: Result) => void} onResult
 * @returns {Promise<void>}
 */
function work(directory, batches, onResult) {
  return new Promise((resolve, reject) => {
    const worker = fork(fileURLToPath(new URL('./simulation-worker.mjs', import.meta.url)), [
      directory,
    ]);
    const next = () => {
      const batch = batches.shift();
      if (batch) worker.send(batch);
      else worker.disconnect();
    };
    worker.on('message', (/** @type {Result} */ result) => {
      onResult(result);
      next();
    });
    worker.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`A simulation worker exited with code ${code}`));
    });
    next();
  });
}
