import { setTimeout as delay } from 'node:timers/promises';
import { defaultTimings } from 'nestjs-leader-election';
import pg from 'pg';
import { monotonicNow } from '../failover/faults.mjs';

/** @typedef {import('./pair.mjs').Pair} Pair */

const { heartbeatInterval, leaseDuration, renewDeadline } = defaultTimings;

/**
 * @typedef {object} Bound one row of the table
 * @property {string} fault
 * @property {string} noticed by whom
 * @property {string} what is measured
 * @property {string} promise
 * @property {number} bound milliseconds
 * @property {boolean} together whether its rounds, which mostly wait, may run at the same time
 * @property {(pair: Pair) => Promise<number>} measure
 */

const newLeader = 'new leader';

/** @param {string} fault @param {(pair: Pair) => void} strike @returns {Bound} */
const graceful = (fault, strike) => ({
  fault,
  noticed: 'announcement',
  what: `${newLeader}, after the duties have stopped`,
  promise: '≤ 50 ms',
  bound: 50,
  together: false,
  async measure(pair) {
    strike(pair);
    const stopped = await pair.leader.report('stopped');
    return (await pair.heir.report('elected')) - stopped;
  },
});

/** @param {Pair} pair @param {() => unknown} strike */
async function untilElected({ heir }, strike) {
  const since = monotonicNow();
  await strike();
  return (await heir.report('elected')) - since;
}

/** @param {Pair} pair */
async function terminate({ server, session }) {
  const client = new pg.Client(server.url);
  await client.connect();
  const since = monotonicNow();
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
    [session],
  );
  await client.end();
  return since;
}

const lease = {
  noticed: 'the server ends the silent session',
  what: newLeader,
  promise: '≤ `leaseDuration` + 0.5 s',
  bound: leaseDuration + 500,
  together: true,
};

/** @type {Bound[]} */
export const bounds = [
  graceful('resign', ({ leader }) => leader.tell('resign')),
  graceful('SIGTERM', ({ leader }) => leader.signal('SIGTERM')),
  {
    fault: 'SIGKILL, crash, OOM',
    noticed: 'the kernel closes the socket, the heir polls',
    what: newLeader,
    promise: '≤ 100 ms',
    bound: 100,
    together: false,
    measure: (pair) => untilElected(pair, () => pair.leader.signal('SIGKILL')),
  },
  {
    ...lease,
    fault: 'frozen process (SIGSTOP)',
    measure: (pair) => untilElected(pair, () => pair.leader.signal('SIGSTOP')),
  },
  {
    ...lease,
    fault: 'silent partition',
    measure: (pair) => untilElected(pair, () => pair.link.silence('both')),
  },
  {
    fault: 'silent partition',
    noticed: 'the leader’s own deadline',
    what: 'the old leader demotes itself',
    promise: '≤ `renewDeadline`, before the server frees the lock',
    bound: renewDeadline + 50,
    together: true,
    async measure({ leader, link }) {
      const since = monotonicNow();
      await link.silence('both');
      return (await leader.report('demoted')) - since;
    },
  },
  {
    fault: 'backend terminated',
    noticed: 'FATAL message, FIN',
    what: newLeader,
    promise: '≤ 100 ms',
    bound: 100,
    together: false,
    async measure(pair) {
      const since = await terminate(pair);
      return (await pair.heir.report('elected')) - since;
    },
  },
  {
    fault: 'backend terminated',
    noticed: 'FATAL message, FIN',
    what: 'the old leader is demoted',
    promise: 'within one round trip',
    bound: 50,
    together: false,
    async measure(pair) {
      const since = await terminate(pair);
      return (await pair.leader.report('demoted')) - since;
    },
  },
  {
    fault: 'server restart',
    noticed: 'every session dies',
    what: `${newLeader}, after the server’s start`,
    promise: '≤ `renewDeadline`, plus at most one pause between two attempts to connect',
    bound: renewDeadline + 500,
    together: false,
    async measure({ server, leader, heir }) {
      await leader.report('elected');
      leader.forget('elected');
      await server.halt();
      const started = monotonicNow();
      await server.start();
      return (await Promise.race([leader.report('elected'), heir.report('elected')])) - started;
    },
  },
];

/** At a random moment between two heartbeats, so that faults don't come in step with them. */
export const randomMoment = () => delay(heartbeatInterval * Math.random());
