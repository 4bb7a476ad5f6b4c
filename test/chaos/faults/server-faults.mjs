import { setTimeout as delay } from 'node:timers/promises';
import { Messages, TYPES } from '../../flood/stranger/messages.mjs';
import { KEYS, SEND } from '../../flood/stranger/statements.mjs';
import { fillQueue } from '../../support/postgres/full-queue.mjs';
import pg from 'pg';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { timings } from '../settings.mjs';

/** @typedef {import('./fault.mjs').Fault} Fault */

/** @param {'fast' | 'immediate'} mode @returns {Fault} */
const restart = (mode) => ({
  kind: `server restart, ${mode}`,
  weight: 2,
  on: [],
  async strike({ random, servers }) {
    await servers.primary.halt(mode);
    await delay(random.between(0, 800));
    await servers.primary.start();
  },
});

/** The postmaster lives on, so the server does not look as if it had started since. @type {Fault} */
const backendCrash = {
  kind: 'server backend crashed',
  weight: 2,
  on: [],
  strike: async ({ servers }) => servers.primary.crashBackend(),
};

/** How a primary may go. Only Linux shows the processes that are to be frozen. @typedef {'halt' | 'crash' | 'freeze'} End */
const canFreeze = process.platform === 'linux';

/** @param {End} end @param {string} how @returns {Fault} */
const promotion = (end, how) => ({
  kind: `standby promoted, primary ${how}`,
  weight: 2,
  on: [],
  possible: ({ servers, pooler }) =>
    servers.standby !== undefined && !pooler && (end !== 'freeze' || canFreeze),
  strike: ({ fleet, random, servers }) =>
    failOver(servers, end, async () => {
      fleet.redirect();
      // Its connections stay open meanwhile: whoever led there may still trust them.
      if (end === 'freeze') await delay(random.between(0, 1.5 * timings.leaseDuration));
      return {};
    }),
});

/**
 * @param {import('../servers/servers.mjs').Servers} servers
 * @param {End} end
 * @param {() => Promise<import('./fault.mjs').Outcome>} meanwhile runs before the old primary is discarded
 */
async function failOver(servers, end, meanwhile) {
  const discard = await servers.failOver(end);
  const outcome = await meanwhile();
  await discard();
  const passed = monotonicNow();
  await servers.renewStandbys();
  return { passed, ...outcome };
}

/**
 * A load balancer, or a name with several addresses, takes some instances to the standby that was not promoted, and lags behind.
 *
 * @type {Fault}
 */
const astray = {
  kind: 'standby promoted, some instances sent to one that lags',
  weight: 4,
  on: [],
  possible: ({ servers, pooler }) =>
    servers.standby !== undefined && servers.lagging !== undefined && !pooler,
  async strike({ fleet, random, servers }) {
    const end = random.pick(
      /** @type {End[]} */ (['halt', 'crash', ...(canFreeze ? ['freeze'] : [])]),
    );
    const instances = fleet.instances.map(({ name }) => name).filter(() => random.chance(0.7));
    return failOver(servers, end, async () => {
      const from = monotonicNow();
      fleet.redirect({ instances, url: servers.laggingUrl });
      await delay(random.between(200, 3_500));
      const to = monotonicNow();
      fleet.redirect();
      // It is new after each failover, so its log has nothing else.
      return { astray: { instances, from, to, ...(await servers.visitsToLagging()) } };
    });
  },
};

/** Notifications of a role that has nothing to do with the elections, as many as it can send. @type {Fault} */
const stranger = {
  kind: 'server with a stranger that sends notifications',
  weight: 3,
  on: [],
  async strike({ fleet, random, servers, elections }) {
    const messages = new Messages(random, TYPES);
    messages.targets = {
      keys: ['0', ...(await servers.query(KEYS).catch(() => [])).map(({ key }) => key)],
      instances: [...fleet.instances.map(({ name }) => name), ...elections],
    };
    const client = new pg.Client(servers.strangersUrl);
    client.on('error', () => {});
    const until = performance.now() + random.between(200, 3_000);
    try {
      await client.connect();
      while (performance.now() < until) {
        const sent = Array.from({ length: 20 }, () => messages.next());
        await client.query(SEND, [sent]);
        await delay(10);
      }
    } catch {
      // The queue is full, or the server is going down.
    } finally {
      await client.end().catch(() => {});
    }
  },
};

/** Nobody can announce anything. @type {Fault} */
const fullQueue = {
  kind: 'server with a full queue of notifications',
  weight: 2,
  on: [],
  async strike({ random, servers }) {
    const empty = await fillQueue(servers.primary.url).catch(() => undefined);
    await delay(random.between(200, 3_000));
    await empty?.().catch(() => {});
  },
};

/** @type {Fault} */
const slowDisk = {
  kind: 'server with a disk that is slow to flush',
  weight: 3,
  on: [],
  possible: ({ servers }) => servers.disk !== undefined,
  async strike({ random, servers }) {
    await servers.disk?.slow(random.between(20, 400));
    await delay(random.between(200, 3_000));
    await servers.disk?.heal();
  },
};

/** The connections between PgBouncer and the server. @param {'both ends' | 'server' | 'instance'} end @returns {Fault} */
const behindPooler = (end) => ({
  kind: `PgBouncer’s connections reset, ${end === 'both ends' ? end : `heard at the ${end === 'server' ? 'server' : 'pooler'} only`}`,
  weight: 3,
  on: [],
  possible: ({ pooler }) => pooler !== undefined,
  async strike({ behindPooler: link, random }) {
    if (!link) return;
    if (end === 'both ends') {
      await link.reset();
      return;
    }
    const letGo = await link.resetOnly(end);
    await delay(random.between(100, 3_000));
    letGo();
  },
});

/** @type {Fault} */
const poolerRestart = {
  kind: 'PgBouncer restart',
  weight: 6,
  on: [],
  possible: ({ pooler }) => pooler !== undefined,
  async strike({ pooler }) {
    await pooler?.restart();
  },
};

export const serverFaults = [
  restart('fast'),
  restart('immediate'),
  backendCrash,
  promotion('halt', 'shut down'),
  promotion('crash', 'crashed'),
  promotion('freeze', 'hanging'),
  astray,
  stranger,
  fullQueue,
  slowDisk,
  behindPooler('both ends'),
  behindPooler('server'),
  behindPooler('instance'),
  poolerRestart,
];
