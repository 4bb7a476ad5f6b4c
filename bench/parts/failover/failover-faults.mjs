import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { monotonicNow } from '../../../tooling/clock.mjs';

/**
 * Two processes, the second of which takes over from the first.
 *
 * @typedef {object} Pair
 * @property {import('../../../tooling/embedded-postgres/embedded-server.mjs').EmbeddedServer} server
 * @property {import('../../child-processes/child.mjs').Child} leader
 * @property {string} session as the server knows those of the leader
 */

/**
 * @typedef {object} Fault
 * @property {string} key
 * @property {string} name
 * @property {(pair: Pair) => Promise<number>} strike returns the moment from which the time counts, in milliseconds
 */

/** In milliseconds. Longer than the intervals of heirs and heartbeats: a fault happens at a random moment of these. */
const LONGEST_RHYTHM = 1_000;
export const randomMoment = () => delay(LONGEST_RHYTHM * Math.random());

/** @param {NodeJS.Signals} signal @returns {Fault['strike']} */
const bySignal =
  (signal) =>
  async ({ leader }) => {
    const since = monotonicNow();
    leader.signal(signal);
    return since;
  };

/** @type {Fault} */
export const gracefulStop = {
  key: 'graceful',
  name: 'graceful stop, counted from the end of the duties',
  strike({ leader }) {
    leader.tell('stop');
    return leader.report('stopped');
  },
};

/** @type {Fault} */
export const kill = { key: 'kill', name: 'SIGKILL', strike: bySignal('SIGKILL') };

/** @type {Fault} */
export const freeze = {
  key: 'freeze',
  name: 'SIGSTOP, with a lease of 2 s',
  strike: bySignal('SIGSTOP'),
};

/** @type {Fault} */
export const terminate = {
  key: 'terminate',
  name: 'leader’s sessions terminated at the server',
  async strike({ server, session }) {
    const client = new pg.Client(server.url);
    await client.connect();
    const since = monotonicNow();
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      [session],
    );
    await client.end();
    return since;
  },
};

/** @type {Fault} */
export const restart = {
  key: 'restart',
  name: 'server restart, counted from the server’s start',
  async strike({ server }) {
    await server.halt();
    const since = monotonicNow();
    await server.start();
    return since;
  },
};

/** In the order of the report. */
export const faults = [gracefulStop, kill, terminate, freeze, restart];
