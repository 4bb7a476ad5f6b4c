import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../../child-processes/child.mjs';
import { randomMoment, restart, terminate } from './failover-faults.mjs';

/** @typedef {import('./contestants.mjs').Contestant} Contestant */
/** @typedef {import('./failover-faults.mjs').Fault} Fault */

/**
 * What the contestants need beside PostgreSQL.
 *
 * @typedef {object} Surroundings
 * @property {import('../../../tooling/embedded-postgres/embedded-server.mjs').EmbeddedServer} server
 * @property {{ host: string, port: number } | undefined} redis
 * @property {string | undefined} otherLibraries the directory of their packages
 */

/** In milliseconds. A contestant that has not taken over by then counts as having taken this long. */
export const PATIENCE = 180_000;

/** The report of a process that has ended. @type {Promise<never>} */
const never = new Promise(() => {});

let pairs = 0;

/**
 * One process of a contestant that leads and one that stands by, isolated from all other pairs.
 *
 * @param {Contestant} contestant @param {Fault} fault @param {Surroundings} surroundings
 */
export async function startPair(contestant, fault, { server, redis, otherLibraries }) {
  const name = `pair ${(pairs += 1)}`;
  /** @param {string} who */
  const start = (who) => {
    const url = new URL(server.url);
    if (contestant.store === 'postgres')
      url.searchParams.set('application_name', `${who} of ${name}`);
    return new Child(
      contestant.script,
      {
        ...contestant.options(fault),
        name,
        connection: url.href,
        ...(contestant.isOtherLibrary && { home: otherLibraries }),
        ...(contestant.store === 'redis' && { redis }),
      },
      { silent: contestant.isOtherLibrary },
    );
  };
  const leader = start('leader');
  /** @param {Child} child @param {string} what */
  const ready = async (child, what) => {
    if ((await inTime(child.report(what))) !== undefined) return;
    throw new Error(`${contestant.name}: not ${what} within ${PATIENCE} ms`);
  };
  /** @type {Child | undefined} */
  let successor;
  const dispose = () => Promise.all([leader.dispose(), successor?.dispose()]);
  try {
    await ready(leader, contestant.key === 'graphile-worker' ? 'standing by' : 'leading');
    successor = start('successor');
    await ready(successor, 'standing by');
    await randomMoment();
  } catch (error) {
    await dispose();
    throw error;
  }
  const second = successor;
  return {
    server,
    leader,
    session: `leader of ${name}`,
    /** Milliseconds until one of them leads, or runs a job. @param {number} since the fault */
    async takenOver(since) {
      // A process that survives may lead again; a lease in a table even outlives the session.
      const candidates = [restart, terminate].includes(fault) ? [leader, second] : [second];
      const at = await inTime(
        Promise.race(candidates.map((one) => one.reportSince('leading', since).catch(() => never))),
      );
      return at === undefined ? PATIENCE : at - since;
    },
    dispose,
  };
}

/** @template T @param {Promise<T>} promise @returns {Promise<T | undefined>} undefined: it took too long */
async function inTime(promise) {
  const done = new AbortController();
  const late = delay(PATIENCE, undefined, { signal: done.signal }).catch(() => undefined);
  return Promise.race([promise, late]).finally(() => done.abort());
}
