import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { candidate } from '../../support/candidate.js';
import { runHere } from '../../support/command-here.js';
import { testDatabase } from '../../support/database.js';
import { everyStatement, takeLocks } from '../../support/postgres/every-statement.js';
import { createHostileSchema } from '../../support/postgres/hostile-schema.js';
import { lockHolders } from '../../support/sessions.js';

const database = await testDatabase();
await createHostileSchema(database, 'hostile');
/** Whose search path has the schema before `pg_catalog`. */
const misled = await database.anotherRole();
await database.query(`ALTER ROLE ${misled.role} SET search_path = hostile, pg_catalog`);

const taken = await takeLocks(database.url);

const election = (name: string) => ({ connection: misled.url, name });

describe('a search path in which something stands before pg_catalog', () => {
  it('makes something else of everything that is not named with its schema', async () => {
    const client = new pg.Client({ connectionString: misled.url });
    await client.connect();
    try {
      for (const statement of ['SELECT 1 = 1', 'SELECT pg_backend_pid()', 'SELECT 1::int8'])
        await expect(client.query(statement)).rejects.toThrow(/hostile function|violates check/);
      expect((await client.query('SELECT FROM pg_database')).rowCount).toBe(0);
    } finally {
      await client.end();
    }
  });

  it.each([undefined, 'session'] as const)(
    'changes nothing of what an instance asks (pooler: %s)',
    async (pooler) => {
      const there = { taken, ...(pooler && { pooler }) };
      const usual = await everyStatement({ ...there, connection: database.url });
      const found = await everyStatement({ ...there, connection: misled.url });
      expect({ ...found, uptime: 0 }).toEqual({ ...usual, uptime: 0 });
    },
  );

  it('changes nothing of an election, nor of what the command line sees', async () => {
    const options = election('misled');
    const first = await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    expect(await lockHolders(database)).toEqual(['first']);

    const env = { DATABASE_URL: misled.url };
    expect((await runHere(['check', '--election', 'misled'], env)).stdout).toContain(
      'can hold an election',
    );
    expect((await runHere(['status'], env)).stdout).toMatch(/misled +leader +first/);
    expect(await runHere(['resign', 'misled'], env)).toMatchObject({ code: 0, stderr: '' });
    await second.elected();
    // Otherwise the one whose session is ended may come back before anybody else has tried.
    await first.until(() => first.elector.role === 'heir');
    expect(await runHere(['resign', 'misled', '--force'], env)).toMatchObject({ code: 0 });
    expect(first.elector.isLeader).toBe(true);
  });
});
