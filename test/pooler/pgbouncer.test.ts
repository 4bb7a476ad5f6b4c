import { afterAll, describe, expect, it } from '@jest/globals';
import { candidate } from '../support/candidate.js';
import { testDatabase } from '../support/database.js';
import { PgBouncer } from '../support/pgbouncer.mjs';
import { lockHolders } from '../support/sessions.js';

const database = await testDatabase();
const sessionMode = await new PgBouncer(database.url, 'session').start();
const transactionMode = await new PgBouncer(database.url, 'transaction').start();
afterAll(async () => {
  await Promise.all([sessionMode.stop(), transactionMode.stop()]);
});

let elections = 0;
const election = (pooler: PgBouncer) => ({
  connection: pooler.url,
  name: `election ${(elections += 1)}`,
});

describe('PgBouncer', () => {
  it.each([
    ['transaction', transactionMode],
    ['session', sessionMode],
  ])('in %s mode is refused, and what to do is said', async (_mode, pooler) => {
    const one = candidate('one', election(pooler));
    await one.until(() => one.logged.length > 0);
    const refusal = one.logged.join('\n');
    expect(refusal).toContain('goes through a connection pooler (such as PgBouncer)');
    expect(refusal).toContain('Connect to PostgreSQL directly');
    expect(refusal).toContain("pooler: 'session'");
    expect(one.journal).toEqual([]);
  });

  it('in session mode elects a leader where the options say so, and another when that one is gone', async () => {
    const options = { ...election(sessionMode), pooler: 'session' } as const;
    const first = await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    expect(await lockHolders(database)).toEqual(['first']);
    await first.stop();
    await second.elected();
    expect(await lockHolders(database)).toEqual(['second']);
  });

  it('may restart: the leader is demoted, and one is elected again', async () => {
    const options = { ...election(sessionMode), pooler: 'session' } as const;
    const one = await candidate('one', options).elected();
    const term = one.elector.leadership?.term ?? 0n;
    await sessionMode.restart();
    await one.demoted('conn_lost');
    await one.elected(2);
    expect(one.elector.leadership?.term).toBeGreaterThan(term);
  });

  it('in transaction mode is found out although the options say session mode', async () => {
    const options = { ...election(transactionMode), pooler: 'session' } as const;
    // The pool's server sessions are handed out in turn as soon as two clients ask at the same time.
    const all = ['a', 'b', 'c'].map((name) => candidate(name, options));
    const [first] = all;
    await first?.until(() => all.some((one) => one.logged.join('\n').includes('not in session')));
  });
});
