import pg from 'pg';
import { EmbeddedServer } from '../../tooling/embedded-postgres/embedded-server.mjs';

/** The instances' role, which owns their database; its password is its name. */
const FLEET = 'flood';
/** Another role, which may do nothing there but connect. */
const STRANGER = 'stranger';

const SERVER = [
  `CREATE ROLE ${FLEET} LOGIN PASSWORD '${FLEET}'`,
  `CREATE ROLE ${STRANGER} LOGIN PASSWORD '${STRANGER}'`,
  `CREATE DATABASE ${FLEET} OWNER ${FLEET}`,
  `REVOKE ALL ON DATABASE ${FLEET} FROM PUBLIC`,
  `GRANT CONNECT ON DATABASE ${FLEET} TO ${STRANGER}`,
];

/** The server's processes for the sessions of instances. */
const BACKENDS = `SELECT substr(application_name, 24) AS instance, pid FROM pg_stat_activity
                   WHERE application_name LIKE 'nestjs-leader-election %'`;

/** A server with a database for a fleet, and a stranger in it. */
export async function startDatabase() {
  const server = await new EmbeddedServer().start();
  const admin = new pg.Client(server.url);
  await admin.connect();
  for (const statement of SERVER) await admin.query(statement);
  const urlOf = (/** @type {string} */ role) =>
    Object.assign(new URL(server.urlOf(FLEET)), { username: role, password: role }).href;
  return {
    fleetUrl: urlOf(FLEET),
    strangerUrl: urlOf(STRANGER),
    version: server.version,
    /** Of every instance, by its id. @returns {Promise<Map<string, number>>} */
    async backends() {
      const { rows } = await admin.query(BACKENDS);
      return new Map(rows.map(({ instance, pid }) => [instance, pid]));
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof startDatabase>>} Database */
