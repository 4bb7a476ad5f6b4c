import { afterAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { sessionToken } from '../../../lib/core/postgres/lock-key.js';
import { PostgresConnection } from '../../../lib/core/postgres/postgres-connection.js';
import { preflight } from '../../../lib/core/postgres/preflight.js';
import { CHANNEL } from '../../../lib/core/postgres/statements.js';
import { systemClock } from '../../../lib/core/time/clock.js';
import { testDatabase } from '../../support/database.js';
import { eventually } from '../../support/timeline.js';
import { openConnection } from '../../support/postgres/open-connection.js';

const database = await testDatabase();

const clients: pg.Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end())));

async function connect(): Promise<pg.Client & { processID: number }> {
  const client = new pg.Client({ connectionString: database.url });
  clients.push(client);
  await client.connect();
  return client as pg.Client & { processID: number };
}

describe('a session that a pooler gives', () => {
  it('is refused where another instance has set it up', async () => {
    const client = await connect();
    expect(await preflight(client, 'session')).toEqual({ isolation: 'read committed' });
    await client.query('SELECT pg_advisory_lock($1)', [String(sessionToken('another'))]);
    await expect(preflight(client, 'session')).rejects.toThrow(
      'a session that another instance has set up',
    );
  });

  it('is taken where other sessions hold tokens', async () => {
    await openConnection(database.url);
    await expect(preflight(await connect(), 'session')).resolves.toBeDefined();
  });

  it('is refused where nobody has said that there is a pooler', async () => {
    const client = await connect();
    await expect(preflight(client, undefined)).resolves.toBeDefined();
    client.processID += 1; // A pooler names itself.
    await expect(preflight(client, undefined)).rejects.toThrow('a connection pooler');
    await expect(preflight(client, 'session')).resolves.toBeDefined();
  });
});

describe('an instance behind a pooler', () => {
  it('hears nothing of the channels that another client of its session listens to', async () => {
    const connection = await openConnection(database.url, { pooler: 'session' });
    const heard: string[] = [];
    connection.onAnnouncement(({ type }) => heard.push(type));
    await connection.query('LISTEN another', []);
    const payload = JSON.stringify({ v: 1, type: 'who-leads' });
    for (const channel of ['another', CHANNEL])
      await database.query('SELECT pg_notify($1, $2)', [channel, payload]);
    await eventually(() => heard.length > 0);
    await connection.heartbeat();
    expect(heard).toEqual(['who-leads']);
  });

  it('ends no session by its process, which may serve another by now', async () => {
    const [one, other] = await Promise.all([
      openConnection(database.url, { pooler: 'session' }),
      openConnection(database.url, { pooler: 'session' }),
    ]);
    await one.terminate(other.identity);
    await expect(other.heartbeat()).resolves.toBeUndefined();
  });

  it('notices by a heartbeat that its session serves another process', async () => {
    const client = await connect();
    const connectionOf = (pid: number) =>
      new PostgresConnection({
        client,
        identity: { pid, token: sessionToken('one') },
        server: { uptime: 0, replayed: false, checkpointAge: undefined },
        hasNamesake: false,
        confirmedAt: systemClock.now(),
        pooler: 'session',
        isolation: 'read committed',
      });
    await expect(connectionOf(client.processID).heartbeat()).resolves.toBeUndefined();
    await expect(connectionOf(client.processID + 1).heartbeat()).rejects.toThrow(
      'its pool is not in session mode',
    );
  });
});
