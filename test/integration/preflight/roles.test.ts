import { describe, expect, it } from '@jest/globals';
import { candidate, leaderOf } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { lockHolders } from '../../support/sessions.js';

const database = await testDatabase();

let elections = 0;
const election = () => ({ connection: database.url, name: `election ${(elections += 1)}` });

describe('an ordinary role', () => {
  it('leads in growing terms although its transactions are read-only and its commits not flushed', async () => {
    await database.query(`ALTER ROLE ${database.role} SET default_transaction_read_only = on`);
    await database.query(`ALTER ROLE ${database.role} SET synchronous_commit = off`);
    const options = election();
    const terms: bigint[] = [];
    for (const name of ['first', 'second']) {
      const one = await candidate(name, options).elected();
      terms.push(one.elector.leadership?.term ?? 0n);
      await one.stop();
    }
    expect(terms[1]).toBeGreaterThan(terms[0] ?? 0n);
  });

  it('is not fooled by functions that stand earlier in its search path', async () => {
    await database.query(`
      CREATE FUNCTION public.pg_try_advisory_lock(int8) RETURNS bool LANGUAGE sql AS 'SELECT true';
      CREATE FUNCTION public.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true';
      CREATE FUNCTION public.pg_backend_pid() RETURNS int4 LANGUAGE sql AS 'SELECT 1';
      CREATE VIEW public.pg_locks AS SELECT * FROM pg_catalog.pg_locks WHERE false;
      ALTER ROLE ${database.role} SET search_path = public, pg_catalog`);
    const options = election();
    const both = ['a', 'b'].map((name) => candidate(name, options));
    const leader = await leaderOf(both);
    const other = both.find((one) => one !== leader);
    await other?.until(() => other.elector.role === 'heir');
    expect(await lockHolders(database)).toEqual([leader.name]);
  });
});
