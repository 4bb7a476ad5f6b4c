import { defaultTimings } from 'nestjs-leader-election';
import { freeze, kill, restart, terminate } from '../failover/failover-faults.mjs';
import { monotonicNow } from '../../../tooling/clock.mjs';

/** @typedef {import('./application-pair.mjs').Pair} Pair */

const { leaseDuration, renewDeadline } = defaultTimings;

/**
 * @typedef {object} Bound one row of the table
 * @property {string} fault
 * @property {string} noticed by what
 * @property {string} what is measured
 * @property {string} promise
 * @property {number} bound milliseconds
 * @property {boolean} together whether its rounds may run at the same time, because they mostly wait
 * @property {(pair: Pair) => Promise<number>} measure
 */

const newLeader = 'new leader';

/** @param {string} fault @param {(pair: Pair) => void} strike @returns {Bound} */
const graceful = (fault, strike) => ({
  fault,
  noticed: 'announcement',
  what: `${newLeader}, counted from the end of the duties`,
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

/** Until the leader knows that it no longer leads. @param {(pair: Pair) => Promise<number>} strike @returns {Bound['measure']} */
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
  noticed: 'the server, which ends the silent session',
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
    noticed: 'the heir’s next attempt, after the kernel has closed the socket',
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
    what: 'demotion of the old leader',
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
    what: 'demotion of the old leader',
    promise: 'within one round trip',
    bound: 50,
    together: false,
    measure: untilDemoted(terminate.strike),
  },
  {
    fault: 'server restart',
    noticed: 'the end of all sessions',
    what: `${newLeader}, counted from the server’s start`,
    promise: '≤ `renewDeadline` + one pause between two connection attempts',
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
