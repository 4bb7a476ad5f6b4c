import { defaultTimings } from 'nestjs-leader-election';
import { freeze, kill, restart, terminate } from '../failover/failover-faults.mjs';
import { monotonicNow } from '../../../tooling/clock.mjs';

/** @typedef {import('./application-pair.mjs').Pair} Pair */

const { leaseDuration, renewDeadline } = defaultTimings;

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

/** Until the heir leads. @param {(pair: Pair) => Promise<number>} strike @returns {Bound['measure']} */
const untilElected = (strike) => async (pair) => {
  const since = await strike(pair);
  return (await pair.heir.report('elected')) - since;
};

/** Until the leader knows that it is none any more. @param {(pair: Pair) => Promise<number>} strike @returns {Bound['measure']} */
const untilDemoted = (strike) => async (pair) => {
  const since = await strike(pair);
  return (await pair.leader.report('demoted')) - since;
};

/** @param {Pair} pair */
async function silence({ link }) {
  const since = monotonicNow();
  await link.silence('both');
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
    measure: untilElected(kill.strike),
  },
  {
    ...lease,
    fault: 'frozen process (SIGSTOP)',
    measure: untilElected(freeze.strike),
  },
  {
    ...lease,
    fault: 'silent partition',
    measure: untilElected(silence),
  },
  {
    fault: 'silent partition',
    noticed: 'the leader’s own deadline',
    what: 'the old leader demotes itself',
    promise: '≤ `renewDeadline`, before the server frees the lock',
    bound: renewDeadline + 50,
    together: true,
    measure: untilDemoted(silence),
  },
  {
    fault: 'backend terminated',
    noticed: 'FATAL message, FIN',
    what: newLeader,
    promise: '≤ 100 ms',
    bound: 100,
    together: false,
    measure: untilElected(terminate.strike),
  },
  {
    fault: 'backend terminated',
    noticed: 'FATAL message, FIN',
    what: 'the old leader is demoted',
    promise: 'within one round trip',
    bound: 50,
    together: false,
    measure: untilDemoted(terminate.strike),
  },
  {
    fault: 'server restart',
    noticed: 'every session dies',
    what: `${newLeader}, after the server’s start`,
    promise: '≤ `renewDeadline`, plus at most one pause between two attempts to connect',
    bound: renewDeadline + 500,
    together: false,
    async measure(pair) {
      const { leader, heir } = pair;
      const started = await restart.strike(pair);
      const elected = [leader, heir].map((one) => one.reportSince('elected', started));
      return (await Promise.race(elected)) - started;
    },
  },
];
