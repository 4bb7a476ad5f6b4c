import pg from 'pg';
import { EmbeddedServer } from './embedded-server.mjs';

/**
 * @typedef {object} Database
 * @property {string} url
 * @property {string} description
 * @property {() => Promise<unknown>} [restart] only of a throwaway one
 * @property {() => Promise<void>} stop
 */

/**
 * The database of `DATABASE_URL`, or a throwaway one.
 *
 * @param {string} [url]
 * @returns {Promise<Database>}
 */
export async function provideDatabase(url = process.env['DATABASE_URL']) {
  if (url) {
    const description = `${await askVersion(url)} of DATABASE_URL`;
    return { url, description, stop: async () => {} };
  }
  const server = await new EmbeddedServer().start();
  return {
    url: server.url,
    description: `a throwaway PostgreSQL ${server.version} on port ${server.port}`,
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

/** @param {string} url */
async function askVersion(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query('SHOW server_version');
    return `PostgreSQL ${rows[0].server_version}`;
  } catch (error) {
    throw new Error(`DATABASE_URL cannot be used: ${reason(error)}`, { cause: error });
  } finally {
    await client.end().catch(() => {});
  }
}

/** @param {unknown} error an AggregateError, when a host name has several addresses, has no message */
function reason(error) {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
