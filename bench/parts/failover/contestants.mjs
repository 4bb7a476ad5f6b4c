import { freeze, gracefulStop, kill, restart, terminate } from './failover-faults.mjs';

/**
 * A library or technique that lets a second process take over when the first is gone.
 *
 * @typedef {object} Contestant
 * @property {string} key
 * @property {string} name
 * @property {URL} script of its processes
 * @property {'postgres' | 'redis'} store
 * @property {boolean} isOtherLibrary if true, its packages are installed when they are needed
 * @property {boolean} waits if true, it mostly waits, and several samples are taken at a time
 * @property {(fault: import('./failover-faults.mjs').Fault) => object | undefined} options undefined: it is not measured at this fault
 */

const own = (/** @type {string} */ name) =>
  new URL(`./own-contestants/${name}-process.mjs`, import.meta.url);
const otherLibrary = (/** @type {string} */ name) =>
  new URL(`./other-libraries/${name}-process.mjs`, import.meta.url);

/** The lease of the freeze, in milliseconds; the other faults are measured at the defaults. */
export const LEASE = 2_000;
const SHORT_LEASE = { heartbeatInterval: 400, renewDeadline: 1_200, leaseDuration: LEASE };
/** client-go's timings, and the same in proportion. @param {number} leaseDuration */
const leaseTable = (leaseDuration) => ({
  leaseDuration,
  renewDeadline: (leaseDuration * 10) / 15,
  retryPeriod: (leaseDuration * 2) / 15,
});

/** @param {object} options @returns {Contestant['options']} */
const elector = (options) => (fault) => ({ ...options, ...(fault === freeze && SHORT_LEASE) });

const queue = [gracefulStop, kill];

/** @type {readonly Contestant[]} */
export const contestants = [
  {
    key: 'limit',
    name: 'waiting in pg_advisory_lock (the limit)',
    script: own('waiter'),
    store: 'postgres',
    isOtherLibrary: false,
    waits: false,
    options: (fault) => (fault === freeze ? SHORT_LEASE : {}),
  },
  {
    key: 'elector',
    name: 'nestjs-leader-election',
    script: own('elector'),
    store: 'postgres',
    isOtherLibrary: false,
    waits: false,
    options: elector({}),
  },
  {
    key: 'elector 5 ms',
    name: 'nestjs-leader-election, heirInterval: 5',
    script: own('elector'),
    store: 'postgres',
    isOtherLibrary: false,
    waits: false,
    options: (fault) => ([kill, terminate].includes(fault) ? { heirInterval: 5 } : undefined),
  },
  {
    key: 'lease table',
    name: 'lease table with client-go’s timings',
    script: own('lease-table'),
    store: 'postgres',
    isOtherLibrary: false,
    waits: true,
    options: (fault) => leaseTable(fault === freeze ? LEASE : 15_000),
  },
  {
    key: 'lease table, equal load',
    name: 'lease table, equal load',
    script: own('lease-table'),
    store: 'postgres',
    isOtherLibrary: false,
    waits: true,
    // Ten statements per second each: together as many as our leader and heir.
    options: (fault) => (fault === freeze ? undefined : leaseTable(750)),
  },
  {
    key: 'nest-leader-election',
    name: 'nest-leader-election',
    script: otherLibrary('nest-leader-election'),
    store: 'postgres',
    isOtherLibrary: true,
    waits: true,
    // An attempt while the server is down ends its process, so it does not survive a restart.
    options: (fault) => {
      if (fault === restart) return undefined;
      return fault === freeze ? { leaseDuration: LEASE } : {};
    },
  },
  {
    key: 'nest-leader-election, equal load',
    name: 'nest-leader-election, equal load',
    script: otherLibrary('nest-leader-election'),
    store: 'postgres',
    isOtherLibrary: true,
    waits: true,
    // An attempt is three statements; each process makes 3.5 attempts per second.
    options: (fault) =>
      [freeze, restart].includes(fault)
        ? undefined
        : { renewalInterval: 285, jitterRange: 50, baseCleanInterval: 1_000 },
  },
  {
    key: 'bullmq',
    name: 'bullmq, a job every second: the next run',
    script: otherLibrary('bullmq'),
    store: 'redis',
    isOtherLibrary: true,
    waits: true,
    options: (fault) => (queue.includes(fault) ? { every: 1_000 } : undefined),
  },
  {
    key: 'bullmq, run',
    name: 'bullmq: the run that was interrupted',
    script: otherLibrary('bullmq'),
    store: 'redis',
    isOtherLibrary: true,
    waits: true,
    options: (fault) => (fault === kill ? { every: 3_600_000, runs: 600_000 } : undefined),
  },
  {
    key: 'bullmq, run, equal load',
    name: 'bullmq, equal load: the run that was interrupted',
    script: otherLibrary('bullmq'),
    store: 'redis',
    isOtherLibrary: true,
    waits: true,
    options: (fault) =>
      fault === kill
        ? { every: 3_600_000, runs: 600_000, lockDuration: 750, stalledInterval: 100 }
        : undefined,
  },
  {
    key: 'graphile-worker',
    name: 'graphile-worker, a job every minute: the next run',
    script: otherLibrary('graphile-worker'),
    store: 'postgres',
    isOtherLibrary: true,
    waits: true,
    options: (fault) => (queue.includes(fault) ? {} : undefined),
  },
];
