import { setTimeout as delay } from 'node:timers/promises';
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

/** @param {'halt' | 'crash' | 'freeze'} end @param {string} how @returns {Fault} */
const promotion = (end, how) => ({
  kind: `standby promoted, primary ${how}`,
  weight: 2,
  on: [],
  possible: ({ servers, pooler }) =>
    servers.standby !== undefined && !pooler && (end !== 'freeze' || process.platform === 'linux'),
  async strike({ fleet, random, servers }) {
    const discard = await servers.failOver(end);
    fleet.redirect();
    // Its connections stay open meanwhile: whoever led there may still trust them.
    if (end === 'freeze') await delay(random.between(0, 1.5 * timings.leaseDuration));
    await discard();
    await servers.renewStandby();
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
  poolerRestart,
];
