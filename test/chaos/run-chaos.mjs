import { setTimeout as delay } from 'node:timers/promises';
import { PgBouncer } from '../support/pgbouncer.mjs';
import { readRecords } from './checker/records.mjs';
import { monotonicNow } from '../../tooling/clock.mjs';
import { cause } from './faults/schedule.mjs';
import { Fleet } from './recorded-instances/fleet.mjs';
import { Random } from './random.mjs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ProxyLink } from '../../tooling/proxies/proxy-link.mjs';
import { Servers } from './servers/servers.mjs';
import { timings } from './settings.mjs';

/** How long the world may take to be whole again when all faults have passed, in milliseconds. */
const RECOVERY = 30_000;

/** The instances' sessions and the elections' locks, as the server sees them. */
const SESSIONS = `SELECT count(*)::int AS count FROM pg_stat_activity
                   WHERE application_name LIKE 'nestjs-leader-election %'`;
const LOCKS = `SELECT count(*)::int AS count FROM pg_locks
                WHERE locktype = 'advisory' AND classid::int8 >> 16 IN (x'4c45'::int, x'4c48'::int)`;

/**
 * Has faults happen to real processes and servers, and gives what was recorded.
 *
 * @param {ReturnType<typeof import('./options.mjs').readOptions>} options
 * @param {{ directory: string, ownNetwork: boolean, stop: AbortSignal, onStruck: (fault: import('./faults/fault.mjs').Struck) => void }} run
 * @returns {Promise<import('./checker/check.mjs').WholeRun & { version: string }>}
 */
export async function runChaos(options, { directory, ownNetwork, stop, onStruck }) {
  const {
    faults: most,
    instances: size,
    maxCandidates,
    minutes,
    partitions,
    seed,
    takeover,
  } = options;
  const elections = ['default', ...Array.from({ length: partitions }, (_, index) => `p-${index}`)];
  await Promise.all(elections.map((name) => mkdir(join(directory, name))));
  const servers = await new Servers().start({ ownNetwork: ownNetwork && !options.pooler });
  const behindPooler = options.pooler
    ? await new ProxyLink(() => servers.primary.port).start()
    : undefined;
  const pooler =
    behindPooler && (await new PgBouncer(behindPooler.through(servers.url), 'session').start());
  const fleet = new Fleet({
    size,
    ownNetwork: ownNetwork && !pooler,
    url: () => (pooler ?? servers).url,
    directory,
    elections,
    options: { timings, takeover, maxCandidates, ...(pooler && { pooler: 'session' }) },
  });
  /** @type {import('./faults/fault.mjs').Struck[]} */
  const faults = [];
  try {
    await fleet.start();
    const epoch = wallEpoch();
    const deadline = monotonicNow() + minutes * 60_000;
    await cause(
      {
        ...{ random: new Random(seed), fleet, servers, pooler, behindPooler, elections, takeover },
        serverIsBusy: false,
      },
      {
        enough: (count) => stop.aborted || count >= most || monotonicNow() > deadline,
        onStruck: (fault) => {
          faults.push(fault);
          onStruck(fault);
        },
      },
    );
    await fleet.heal();
    const sessions = Math.min(size, maxCandidates ?? size);
    const failures = await recovered(servers, {
      sessions,
      // With one candidate, there is no heir.
      locks: elections.length * Math.min(2, sessions),
    });
    const end = monotonicNow();
    const writes = await servers.query('SELECT * FROM chaos_write ORDER BY id', 'chaos');
    const runs = await servers.query('SELECT * FROM chaos_run ORDER BY id', 'chaos');
    const wasSet = Math.abs(wallEpoch() - epoch) > 3;
    await fleet.stop();
    const [{ count: locks }] = await servers.query(LOCKS);
    if (locks > 0) failures.push(`${locks} locks were left behind by a fleet that had stopped`);
    return {
      elections: await Promise.all(
        elections.map(async (name) => ({
          name,
          records: await readRecords(join(directory, name)),
          writes: writes.filter(({ election }) => election === name),
          runs: runs.filter(({ election }) => election === name),
        })),
      ),
      faults,
      crashes: [...fleet.crashes, ...failures],
      takeover,
      reserve: maxCandidates === undefined ? 0 : timings.reserveInterval,
      epoch: wasSet ? undefined : epoch,
      end,
      version: servers.primary.version,
    };
  } finally {
    await fleet.dispose();
    await pooler?.stop();
    await behindPooler?.stop();
    await servers.stop();
  }
}

/** The wall clock at the beginning of the monotonic one, in milliseconds. Changes when the wall clock is set. */
const wallEpoch = () => Date.now() - monotonicNow();

/** @param {Servers} servers @param {{ sessions: number, locks: number }} expected */
async function recovered(servers, expected) {
  const deadline = monotonicNow() + RECOVERY;
  while (monotonicNow() < deadline) {
    const [[{ count: sessions }], [{ count: locks }]] = await Promise.all([
      servers.query(SESSIONS),
      servers.query(LOCKS),
    ]);
    if (sessions === expected.sessions && locks === expected.locks) {
      // Whoever holds the lock may still have to wait before it leads.
      await delay(timings.renewDeadline + 500);
      return [];
    }
    await delay(100);
  }
  return [`not all had connected again, with leaders and heirs, within ${RECOVERY} ms`];
}
