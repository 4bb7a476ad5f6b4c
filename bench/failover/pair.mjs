import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../processes/child.mjs';
import { randomMoment } from './faults.mjs';

/** @typedef {import('./contestants.mjs').Contestant} Contestant */
/** @typedef {import('./faults.mjs').Fault} Fault */

/**
 * What the contestants need beside PostgreSQL.
 *
 * @typedef {object} Surroundings
 * @property {import('../../support/embedded-postgres/embedded-server.mjs').EmbeddedServer} server
 * @property {{ host: string, port: number } | undefined} redis
 * @property {string | undefined} competitors the directory of their packages
 */

/** Who has not taken over by then counts as if it had done so then, in milliseconds. */
export const PATIENCE = 180_000;

let pairs = 0;

/**
 * A contestant that leads and another that stands by, each in a process of its own, apart from all other pairs.
 *
 * @param {Contestant} contestant @param {Fault} fault @param {Surroundings} surroundings
 */
export async function startPair(contestant, fault, { server, redis, competitors }) {
  const name = `pair ${(pairs += 1)}`;
  /** @param {string} who */
  const start = (who) => {
    const application = `${who} of ${name}`;
    const url = new URL(server.url);
    if (contestant.store === 'postgres') url.searchParams.set('application_name', application);
    return new Child(
      contestant.script,
      {
        ...contestant.options(fault),
        name,
        connection: url.href,
        ...(contestant.isCompetitor && { home: competitors, application }),
        ...(contestant.store === 'redis' && { redis }),
      },
      { silent: contestant.isCompetitor },
    );
  };
  const leader = start('leader');
  /** @type {Child | undefined} */
  let successor;
  const dispose = () => Promise.all([leader.dispose(), successor?.dispose()]);
  try {
    await leader.report(contestant.key === 'graphile-worker' ? 'standing by' : 'leading');
    successor = start('successor');
    await successor.report('standing by');
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
      // After a restart of the server the old leader may be the new one.
      const candidates = fault.key === 'restart' ? [leader, second] : [second];
      const patience = new AbortController();
      const at = await Promise.race([
        ...candidates.map((one) => one.reportSince('leading', since)),
        delay(PATIENCE, since + PATIENCE, { signal: patience.signal }).catch(() => Infinity),
      ]);
      patience.abort();
      return at - since;
    },
    dispose,
  };
}
