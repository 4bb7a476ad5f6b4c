import { afterAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { testDatabase } from './database.js';
import { backendOf, backendsOf } from './sessions.js';
import { eventually } from './timeline.js';

const database = await testDatabase();
const other = await testDatabase();

const application = new pg.Pool({ connectionString: database.url });
afterAll(() => application.end());

it('takes for the process of an instance none that serves an earlier one of its name', async () => {
  const connect = async () => {
    const client = new pg.Client({
      connectionString: database.url,
      application_name: 'nestjs-leader-election twice',
    });
    await client.connect();
    return client;
  };
  const [earlier, present] = [await connect(), await connect()];
  const { processID } = present as unknown as { processID: number };
  const found = backendOf(database, 'twice');
  await eventually(async () => (await backendsOf(database, 'twice')).length === 2);
  await earlier.end();
  expect(await found).toBe(processID);
  await present.end();
});

describe('a test database', () => {
  it('gives the code under test an ordinary role', async () => {
    const { rows } = await application.query(
      'SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user',
    );
    expect(rows).toEqual([{ rolname: database.role, rolsuper: false }]);
  });

  it('lets the test itself look on as the superuser', async () => {
    const rows = await database.query(
      'SELECT rolsuper, current_database() FROM pg_roles WHERE rolname = current_user',
    );
    expect(rows).toEqual([{ rolsuper: true, current_database: database.name }]);
  });

  it('shares nothing with another database of the same server', async () => {
    await application.query('CREATE TABLE note (text text)');
    expect(await database.query(`SELECT to_regclass('note') IS NOT NULL AS there`)).toEqual([
      { there: true },
    ]);
    expect(await other.query(`SELECT to_regclass('note') IS NOT NULL AS there`)).toEqual([
      { there: false },
    ]);
  });

  it('is gone, with its role, once dropped', async () => {
    await other.drop();
    expect(
      await database.query('SELECT FROM pg_database WHERE datname = $1', [other.name]),
    ).toHaveLength(0);
    expect(
      await database.query('SELECT FROM pg_roles WHERE rolname = $1', [other.role]),
    ).toHaveLength(0);
  });
});
