import { Child } from './child.mjs';
import { until } from './until.mjs';

const script = new URL('./waiter-process.mjs', import.meta.url);

/**
 * A holder of a lock and a session that waits for it inside pg_advisory_lock, each in a process of its own: PostgreSQL's
 * own limit.
 *
 * @param {import('../../support/embedded-postgres/embedded-server.mjs').EmbeddedServer} server
 * @param {{ leaseDuration?: number, heartbeatInterval?: number }} options
 * @returns {Promise<import('./faults.mjs').Pair>}
 */
export async function holderAndWaiter(server, options) {
  const common = { ...options, connection: server.url };
  const holder = new Child(script, common);
  await holder.report('granted');
  const waiter = new Child(script, common);
  await until(
    server,
    `SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
  );
  return {
    signal: (signal) => holder.signal(signal),
    stop: () => {
      holder.tell('stop');
      return holder.report('stopped');
    },
    takenOver: () => waiter.report('granted'),
    dispose: async () => {
      await Promise.all([holder.dispose(), waiter.dispose()]);
      await until(server, `SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'`);
    },
  };
}
