import { setTimeout as delay } from 'node:timers/promises';
import { leaderAndHeir } from './application-pair.mjs';

/** @typedef {import('./application-pair.mjs').Pair} Pair */

/** Longer than one heartbeat and its answer, in milliseconds. */
const SOON = 2_000;

/**
 * What happens after a freeze of the leader, with the defaults.
 *
 * @typedef {object} Freeze
 * @property {number} seconds
 * @property {string} promise
 * @property {(pair: Pair) => boolean} isKept called some time after the process has resumed
 */

/** @type {Freeze[]} */
export const freezes = [
  {
    seconds: 2,
    promise: 'nothing changes',
    isKept: ({ leader, heir }) =>
      leader.has('thawed open') && !leader.has('demoted') && !heir.has('elected'),
  },
  {
    seconds: 8,
    promise:
      '`isLeader` is false from the first instruction on, and true again after one heartbeat; no instance is demoted',
    isKept: ({ leader, heir }) =>
      leader.has('thawed shut') &&
      leader.has('acted') &&
      !leader.has('demoted') &&
      !heir.has('elected'),
  },
  {
    seconds: 30,
    promise: 'another instance leads, and the resumed process runs no duties',
    isKept: ({ leader, heir }) =>
      heir.has('elected') &&
      leader.has('thawed shut') &&
      leader.has('demoted') &&
      !leader.has('acted'),
  },
];

/** @param {import('./application-pair.mjs').Server} server */
export function observeFreezes(server) {
  return Promise.all(
    freezes.map(async ({ seconds, isKept }) => {
      const pair = await leaderAndHeir(server);
      try {
        pair.leader.signal('SIGSTOP');
        await delay(seconds * 1_000);
        pair.leader.signal('SIGCONT');
        await delay(SOON);
        return { seconds, kept: isKept(pair) };
      } finally {
        await pair.dispose();
      }
    }),
  );
}
