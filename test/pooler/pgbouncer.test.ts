import { afterAll, describe, expect, it } from '@jest/globals';
import { candidate } from '../support/candidate.js';
import { runHere } from '../support/command-here.js';
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

  it('in session mode has after a transaction the session that it had before', async () => {
    const one = await candidate('one', {
      ...election(sessionMode),
      pooler: 'session',
    }).elected();
    // PgBouncer itself sets some of these, which only it knows.
    const settings = () =>
      one.elector.leadership?.transaction(({ query }) =>
        query('SELECT name, setting FROM pg_settings ORDER BY name'),
      );
    const before = await settings();
    await one.elector.leadership?.transaction(async ({ query }) => {
      await query("SET client_encoding = 'LATIN1'");
      await query("SET application_name = 'mine'");
      await query("SET TimeZone = 'Asia/Tokyo'");
      await query('DEALLOCATE ALL');
    });
    expect(await settings()).toEqual(before);
    expect(await lockHolders(database)).toContain('one');
    expect(one.journal).toEqual(['one elected']);
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

describe('the command line behind PgBouncer', () => {
  const check = (pooler: PgBouncer, ...options: string[]) =>
    runHere(['check', ...options], { DATABASE_URL: pooler.url });

  it.each([
    ['transaction', transactionMode],
    ['session', sessionMode],
  ])('finds the pooler in %s mode, and says what to do', async (_mode, pooler) => {
    const { code, stdout } = await check(pooler);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✔ login .*\n✘ path /m);
    expect(stdout).toContain('use --pooler session');
    expect(stdout).toContain('Connect to PostgreSQL directly');
  });

  it('finds a pool in session mode fit where the options say so', async () => {
    const { code, stdout, stderr } = await check(sessionMode, '--pooler', 'session');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('a pooler in session mode is allowed (--pooler session)');
  });

  it('finds a pool in transaction mode unfit although the options say session mode', async () => {
    const { code, stdout } = await check(transactionMode, '--pooler', 'session');
    expect(code).toBe(1);
    expect(stdout).toContain('not in session mode');
  });

  it('shows an election and hands it over through a pool in session mode', async () => {
    const options = { ...election(sessionMode), pooler: 'session' } as const;
    const first = await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    const flags = ['--url', sessionMode.url, '--pooler', 'session'];
    const status = await runHere(['status', ...flags]);
    expect(status.stdout).toMatch(new RegExp(`^${options.name} +leader +first`, 'm'));
    const resigned = await runHere(['resign', options.name, ...flags]);
    expect([resigned.code, resigned.stderr]).toEqual([0, '']);
    expect(second.elector.isLeader).toBe(true);
    expect(first.elector.isLeader).toBe(false);
  });
});
