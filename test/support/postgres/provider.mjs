// The one PostgreSQL server of a test run: a given one, a container, or an embedded one.
import { createTemplate } from '../../../tooling/embedded-postgres/cluster.mjs';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { wantedRelease } from '../../../tooling/embedded-postgres/releases.mjs';
import { startContainer } from './container.mjs';
import { askVersion, dropDatabases } from './statements.mjs';

/**
 * @typedef {object} ProvidedServer
 * @property {string} url a superuser's
 * @property {string} description such as `PostgreSQL 18.4 (embedded)`
 * @property {() => Promise<void>} stop leaves nothing of the run behind
 */

/**
 * @param {string} run what the names of the run's databases and roles begin with
 * @returns {Promise<ProvidedServer>}
 */
export async function provideServer(run) {
  const { url, kind, stop } = given(run) ?? (await container()) ?? (await embedded());
  return { url, stop, description: `PostgreSQL ${await askVersion(url)} (${kind})` };
}

/** @param {string} run */
function given(run) {
  const url = process.env['TEST_DATABASE_URL'];
  return url ? { url, kind: 'TEST_DATABASE_URL', stop: () => dropDatabases(url, run) } : undefined;
}

async function container() {
  // The container's version is its image's.
  if (wantedRelease()) return undefined;
  const started = await startContainer();
  return started && { ...started, kind: 'container' };
}

async function embedded() {
  // Also for the servers that test files start for themselves, to break them.
  const template = await createTemplate();
  const server = await new EmbeddedServer().start();
  const stop = async () => {
    await server.stop();
    await template.remove();
  };
  return { url: server.url, kind: 'embedded', stop };
}
