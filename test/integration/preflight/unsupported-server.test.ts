import { describe, expect, it } from '@jest/globals';
import { candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { serverThatRewrites, type Rewrite } from '../../support/postgres/rewriting-proxy.js';

const database = await testDatabase();

/** What a candidate says about a server that makes something else of some statements. */
async function refusalOf(rewrite: Rewrite): Promise<string> {
  const one = candidate('one', { connection: await serverThatRewrites(database.url, rewrite) });
  await one.until(() => one.logged.some((line) => line.includes("Can't take part")));
  expect(one.journal).toEqual([]);
  expect(one.elector.isLeader).toBe(false);
  return one.logged.join('\n');
}

describe('a candidate', () => {
  it('takes a server behind a proxy that changes nothing', async () => {
    await candidate('one', {
      connection: await serverThatRewrites(database.url, (sql) => sql),
    }).elected();
  });

  it('refuses a server that does not end silent sessions', async () => {
    const refusal = await refusalOf((sql) =>
      sql.replace("'idle_session_timeout', '1000'", "'idle_session_timeout', '0'"),
    );
    expect(refusal).toContain('did not accept idle_session_timeout = 1000 ms');
    expect(refusal).toContain('it reports 0');
  });

  it('refuses a server that is too old, and says which is not', async () => {
    const refusal = await refusalOf((sql) =>
      sql.replace("pg_catalog.current_setting('server_version_num')", "'130012'"),
    );
    expect(refusal).toContain('PostgreSQL 13 does not support idle_session_timeout');
    expect(refusal).toContain('needs PostgreSQL 14 or later');
  });

  it('is not told that it leads by a server whose locks exclude nobody', async () => {
    // Says yes to everybody, and lists no lock: CockroachDB does so.
    const refusal = await refusalOf((sql) =>
      sql.replaceAll('pg_catalog.pg_try_advisory_lock(', 'pg_catalog.int8ne(-1, '),
    );
    expect(refusal).toContain('does not list it in pg_locks');
    expect(refusal).toContain('an election needs a real PostgreSQL server');
  });
});
