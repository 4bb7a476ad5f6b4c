import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow } from '../../../tooling/clock.mjs';

/** @typedef {import('./fault.mjs').Fault} Fault */
/** @typedef {import('../../../tooling/proxies/proxy-link.mjs').Direction} Direction */

/** @param {Direction} direction @param {number} weight @returns {Fault[]} */
function silence(direction, weight) {
  /** @type {Fault['strike']} */
  const strike = async ({ random }, { link }) => {
    await link.silence(direction);
    await delay(random.between(100, random.pick([1_000, 4_000])));
    await link.heal();
  };
  const where = direction === 'both' ? 'both ways' : direction;
  return [
    {
      kind: `proxy silent, ${where}`,
      weight,
      on: ['network'],
      possible: (_world, { link }) => link.canReset,
      strike,
    },
    {
      kind: `packets dropped, ${where}`,
      weight,
      on: ['network'],
      possible: (_world, { link }) => !link.canReset,
      strike,
    },
  ];
}

/** The kernels send again what was lost, later each time. @type {Fault} */
const loss = {
  kind: 'packets lost at random',
  weight: 8,
  on: ['network'],
  possible: (_world, { link }) => !link.canReset,
  async strike({ random }, { link }) {
    await link.lose(random.pick([5, 20, 50]));
    await delay(random.between(200, 4_000));
    await link.heal();
  },
};

/** @type {Fault} */
const slow = {
  kind: 'slow',
  weight: 5,
  on: ['network'],
  possible: (_world, { link }) => link.canBeSlow,
  async strike({ random }, { link }) {
    await link.slow(random.between(20, 500));
    await delay(random.between(200, 2_000));
    await link.heal();
  },
};

// After these the server's end of a session is gone, and the lock free, while the leader may not know: it may be frozen,
// or cut off. Takeover 'fast' does not rule out that another leads meanwhile (docs/guarantees.md); 'strict' does.

/** @type {Fault} */
const reset = {
  kind: 'connection reset',
  weight: 6,
  on: ['network'],
  exempt: true,
  possible: (_world, { link }) => link.canReset,
  strike: async (_world, { link }) => link.reset(),
};

/** @type {Fault} */
const serverReset = {
  kind: 'reset that only the server hears',
  weight: 5,
  on: ['network'],
  exempt: true,
  possible: (_world, { link }) => link.canReset,
  async strike({ random }, { link }) {
    const letGo = await link.resetOnly('server');
    await delay(random.between(100, 3_000));
    letGo();
  },
};

/** @type {Fault} */
const terminate = {
  kind: 'pg_terminate_backend',
  weight: 8,
  on: [],
  exempt: true,
  possible: ({ serverIsBusy }) => !serverIsBusy,
  async strike({ servers }, { name }) {
    await servers
      .query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name LIKE 'nestjs-leader-election ${name}.%'`,
      )
      .catch(() => {}); // The server is just going down.
    return { effect: monotonicNow() };
  },
};

/** The server keeps the session until its lease runs out, or the instance comes back and ends it. @type {Fault} */
const instanceReset = {
  kind: 'reset that only the instance hears',
  weight: 5,
  on: ['network'],
  possible: (_world, { link }) => link.canReset,
  async strike({ random }, { link }) {
    const letGo = await link.resetOnly('instance');
    await delay(random.between(100, 3_000));
    letGo();
  },
};

export const networkFaults = [
  ...silence('both', 12),
  ...silence('to the server', 5),
  ...silence('from the server', 5),
  loss,
  slow,
  reset,
  serverReset,
  instanceReset,
  terminate,
];
