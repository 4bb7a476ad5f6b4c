// npm run test:chaos [-- --help]
//
// Real processes, a real server and real faults, several at a time. Every process writes down when it reads `isLeader` as
// true, on the clock that all share, and when its job runs, which catches up on missed ticks; at the end it is checked that
// never two did at the same time, that terms grew, that hooks came in turn, that nobody led for no longer than the fault
// explains, and that of the ticks none was lost and none ran again, where docs/catching-up.md says so.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import cliProgress from 'cli-progress';
import { checkAll } from './checker/check.mjs';
import { narrate } from './narrate.mjs';
import { enterOwnNetwork, whyNot } from './network/own-network.mjs';
import { readOptions } from './options.mjs';
import { asMarkdown, makeReport, writeReport } from './report.mjs';
import { runChaos } from './run-chaos.mjs';

const options = readOptions();
const without = whyNot();
// The same seed inside, where the options are read once more.
if (!process.argv.includes('--seed')) process.argv.push('--seed', String(options.seed));
if (!without) await enterOwnNetwork(fileURLToPath(import.meta.url));

const withoutPackets = without && `dropped packets (${without})`;
console.log(`Seed ${options.seed}${withoutPackets ? `; left out: ${withoutPackets}` : ''}`);

/** Ctrl-C: no more faults; what has happened is still checked and reported. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());

const directory = await mkdtemp(join(tmpdir(), 'chaos-run-'));
const byTime = options.faults === Infinity;
const progress = new cliProgress.SingleBar({
  format: `{bar} {value}/{total} ${byTime ? 's' : 'faults'} · {count} faults · {fault}`,
  noTTYOutput: true,
  notTTYSchedule: 30_000,
});
const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1_000);
progress.start(byTime ? options.minutes * 60 : options.faults, 0, { count: 0, fault: '' });
let count = 0;
let kept = false;
try {
  const run = await runChaos(options, {
    directory,
    ownNetwork: !without,
    stop: stop.signal,
    onStruck: ({ kind }) => {
      count += 1;
      progress.update(byTime ? Math.min(seconds(), options.minutes * 60) : count, {
        count,
        fault: kind,
      });
    },
  });
  progress.stop();
  const outcome = checkAll(run);
  const minutes = Math.round(seconds() / 6) / 10;
  const withoutTicks =
    run.epoch === undefined ? 'what the job did (the wall clock was set meanwhile)' : undefined;
  const leftOut = [withoutPackets, withoutTicks].filter(Boolean).join('; ');
  const report = makeReport(run, outcome, { ...options, minutes, leftOut });
  await writeReport(resolve(options.out), report);
  console.log(`\n${asMarkdown(report)}`);
  console.log(narrate(run, outcome.violations));
  console.log(`Report: ${resolve(options.out)}`);
  kept = outcome.violations.length > 0;
  if (kept) process.exitCode = 1;
} finally {
  progress.stop();
  if (kept) console.log(`What the processes wrote down: ${directory}`);
  else await rm(directory, { recursive: true, force: true });
}
