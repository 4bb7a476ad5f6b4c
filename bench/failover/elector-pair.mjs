import { Child } from './child.mjs';
import { until } from './until.mjs';

/** @typedef {import('../../support/embedded-postgres/embedded-server.mjs').EmbeddedServer} Server */

const script = new URL('./elector-process.mjs', import.meta.url);
let pairs = 0;

/**
 * A leader and its heir, each in a process of its own, in an election of their own.
 *
 * @param {Server} server @param {object} options
 * @returns {Promise<import('./faults.mjs').Pair>}
 */
export async function leaderAndHeir(server, options) {
  const name = `pair ${(pairs += 1)}`;
  const common = { ...options, connection: server.url, name };
  const leader = new Child(script, common);
  await leader.report('elected');
  const heir = new Child(script, common);
  // The leader's lock and the heir's.
  await until(server, `SELECT count(*) = 2 FROM pg_locks WHERE locktype = 'advisory'`);
  return {
    signal: (signal) => leader.signal(signal),
    stop: () => {
      leader.tell('stop');
      return leader.report('stopped');
    },
    takenOver: () => heir.report('elected'),
    dispose: async () => {
      await Promise.all([leader.dispose(), heir.dispose()]);
      await until(server, `SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'`);
    },
  };
}
