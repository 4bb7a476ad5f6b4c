// node scripts/simulation.mjs [--runs N] [--seed S] [--path P]: runs random schedules of faults.
import { ensureInstalled } from '../tooling/build/install.mjs';

ensureInstalled();
const { parseArgs } = await import('node:util');
const { runSimulation } = await import('./simulation/run-simulation.mjs');

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    workers: { type: 'string', default: '2' },
  },
});
process.exitCode = await runSimulation({
  runs: Number(values.runs),
  seed: Number(values.seed ?? Date.now() & 0x7fff_ffff),
  path: values.path,
  workers: Number(values.workers),
});
