import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { systemClock } from '../../../lib/core/time/clock.js';
import { defaultTimings } from '../../../lib/core/model/timings.js';
import { PostgresConnector } from '../../../lib/core/postgres/postgres-connector.js';
import { testDatabase } from '../../support/database.js';
import { serverThatRewrites, type Rewrite } from '../../support/postgres/rewriting-proxy.js';

const server = await new EmbeddedServer().start();
afterAll(() => server.stop());
const database = await testDatabase(server.url);

/** What an instance learns of a server that makes something else of the question for the last checkpoint. */
async function factsOf(rewrite: Rewrite) {
  const connector = new PostgresConnector({
    connection: await serverThatRewrites(database.url, rewrite),
    instanceId: 'one',
    pooler: undefined,
    timings: defaultTimings,
    clock: systemClock,
  });
  const connection = await connector.connect(new AbortController().signal);
  await connection.heartbeat(); // What failed has not ended the session.
  await connection.end();
  return connection.server;
}

/** What it asks with, of a function that not every host lets everybody call. */
const QUESTION = 'pg_catalog.pg_control_checkpoint()';

describe('a server that has replayed its log', () => {
  beforeAll(async () => {
    await server.kill();
    await server.start();
  });

  it('tells how long ago its last checkpoint was', async () => {
    const facts = await factsOf((sql) => sql);
    expect(facts).toMatchObject({ replayed: true, checkpointAge: expect.any(Number) });
  });

  it('is taken without that where it does not let us know', async () => {
    const facts = await factsOf((sql) => sql.replace(QUESTION, 'no_such_function()'));
    expect(facts).toMatchObject({ replayed: true, checkpointAge: undefined });
  });

  it('is taken without that where the answer does not come in time', async () => {
    const facts = await factsOf((sql) =>
      sql.replace(QUESTION, `${QUESTION} c0, pg_catalog.pg_sleep(60), ${QUESTION}`),
    );
    expect(facts).toMatchObject({ replayed: true, checkpointAge: undefined });
  });
});
