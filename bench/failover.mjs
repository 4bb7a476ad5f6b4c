// npm run bench:failover [-- --rounds 50 --freeze-rounds 25]
//
// How long an election is without a leader: after a graceful stop, a SIGKILL and a freeze (SIGSTOP), each with real
// processes on a PostgreSQL of its own. Beside it, in the same rounds, what PostgreSQL itself needs to give a lock to a
// session that waits inside pg_advisory_lock: no elector can be faster than that.
import { parseArgs } from 'node:util';
import cliProgress from 'cli-progress';
import { EmbeddedServer } from '../support/embedded-postgres/embedded-server.mjs';
import { leaderAndHeir } from './failover/elector-pair.mjs';
import { freeze, gracefulStop, kill } from './failover/faults.mjs';
import { printResults } from './failover/results.mjs';
import { holderAndWaiter } from './failover/waiter-pair.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    'freeze-rounds': { type: 'string', default: '25' },
  },
});

/** @param {'rounds' | 'freeze-rounds'} option */
function count(option) {
  const rounds = Number(values[option]);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new Error(`--${option} must be a whole number above 0; given: ${values[option]}`);
}

/** The lease of the freeze, in milliseconds; the other faults are measured at the defaults. */
const SHORT_LEASE = { heartbeatInterval: 400, renewDeadline: 1_200, leaseDuration: 2_000 };

/** @type {import('./failover/faults.mjs').Measurement[]} */
const measurements = [
  { fault: gracefulStop, options: {}, rounds: count('rounds'), bound: 50 },
  { fault: kill, options: {}, rounds: count('rounds'), bound: 100 },
  {
    fault: freeze,
    options: SHORT_LEASE,
    rounds: count('freeze-rounds'),
    bound: SHORT_LEASE.leaseDuration + 500,
  },
];

const server = await new EmbeddedServer().start();
console.log(`PostgreSQL ${server.version}, Node ${process.version}, ${process.platform}`);
const progress = new cliProgress.SingleBar({
  format: '{bar} {value}/{total} failovers · {fault} · {eta_formatted} left',
  noTTYOutput: true,
  notTTYSchedule: 15_000,
});
progress.start(
  measurements.reduce((sum, { rounds }) => sum + rounds, 0),
  0,
  { fault: '' },
);
try {
  for (const measurement of measurements) {
    const { fault, options, rounds } = measurement;
    measurement.elector = [];
    measurement.waiter = [];
    for (let round = 0; round < rounds; round += 1) {
      // The two take turns, so that what else the machine does falls on both.
      measurement.elector.push(await fault.measure(await leaderAndHeir(server, options)));
      measurement.waiter.push(await fault.measure(await holderAndWaiter(server, options)));
      progress.increment({ fault: fault.name });
    }
  }
  progress.stop();
  if (!printResults(measurements)) process.exitCode = 1;
} finally {
  progress.stop();
  await server.stop();
}
