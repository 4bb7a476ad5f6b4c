// npm run bench:bounds [-- --rounds 5 --write]
//
// Every fault and its bound, with real processes, a PostgreSQL of their own and the default timings; and what three
// freezes of a leader lead to. --write puts the table into docs/guarantees.md.
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import cliProgress from 'cli-progress';
import { bounds, randomMoment } from './bounds/faults.mjs';
import { observeFreezes } from './bounds/freezes.mjs';
import { leaderAndHeir } from './bounds/pair.mjs';
import { isKept, print, write } from './bounds/results.mjs';
import { EmbeddedServer } from '../support/embedded-postgres/embedded-server.mjs';

const page = fileURLToPath(new URL('../docs/guarantees.md', import.meta.url));
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`--rounds must be a whole number above 0; given: ${values.rounds}`);
}

const server = await new EmbeddedServer().start();
const where = () =>
  `PostgreSQL ${server.version}, Node ${process.version.slice(1)}, ${process.platform}; everything on one machine with ` +
  `${availableParallelism()} cores, at a load of ${loadavg()[1]?.toFixed(1)}.`;
console.log(where());
const progress = new cliProgress.SingleBar({
  format: '{bar} {value}/{total} · {fault}',
  noTTYOutput: true,
  notTTYSchedule: 15_000,
});
progress.start(bounds.length * rounds, 0, { fault: '' });

/** @param {import('./bounds/faults.mjs').Bound} bound */
async function measureOnce({ fault, measure }) {
  const pair = await leaderAndHeir(server);
  try {
    await randomMoment();
    return await measure(pair);
  } finally {
    await pair.dispose();
    progress.increment({ fault });
  }
}

try {
  const results = [];
  for (const row of bounds) {
    /** @type {number[]} */
    const measured = [];
    if (row.together) {
      measured.push(...(await Promise.all(Array.from({ length: rounds }, () => measureOnce(row)))));
    } else {
      while (measured.length < rounds) measured.push(await measureOnce(row));
    }
    results.push({ row, measured });
  }
  progress.update({ fault: 'freezes of 2, 8 and 30 s' });
  const freezes = await observeFreezes(server);
  progress.stop();
  print(results, freezes);
  if (values.write) await write(page, results, freezes, where());
  if (!results.every(isKept) || !freezes.every(({ kept }) => kept)) process.exitCode = 1;
} finally {
  progress.stop();
  await server.stop();
}
