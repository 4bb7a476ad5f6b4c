import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {import('./fault.mjs').Fault} Fault */
/** @typedef {import('../network/proxy-link.mjs').Direction} Direction */

/** For how long a fault that the leader must hear of is alone with its instance, in milliseconds. */
const TO_BE_HEARD = 300;

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

// With takeover 'fast' the leader must be able to hear that its session has ended, so that these two are alone with it.

/** @type {Fault} */
const reset = {
  kind: 'connection reset',
  weight: 8,
  on: ['network', 'process'],
  exempt: true,
  possible: (_world, { link }) => link.canReset,
  async strike(_world, { link }) {
    await link.reset();
    await delay(TO_BE_HEARD);
  },
};

/** @param {boolean} strict @returns {Fault} */
const terminate = (strict) => ({
  kind: 'pg_terminate_backend',
  weight: 8,
  on: strict ? [] : ['network', 'process'],
  exempt: true,
  possible: ({ serverIsBusy }) => !serverIsBusy,
  async strike({ servers }, { name }) {
    await servers
      .query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name LIKE 'nestjs-leader-election ${name}.%'`,
      )
      .catch(() => {}); // The server is just going down.
    await delay(TO_BE_HEARD);
  },
});

/** @param {'fast' | 'strict'} takeover */
export const networkFaults = (takeover) => [
  ...silence('both', 12),
  ...silence('to the server', 5),
  ...silence('from the server', 5),
  slow,
  reset,
  terminate(takeover === 'strict'),
];
