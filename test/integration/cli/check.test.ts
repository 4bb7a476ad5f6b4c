import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { defaultTimings } from '../../../lib/core/model/timings.js';
import { electionKeys } from '../../../lib/core/postgres/lock-key.js';
import { candidate } from '../../support/candidate.js';
import { runHere } from '../../support/command-here.js';
import { testDatabase } from '../../support/database.js';
import { serverThatRewrites, type Rewrite } from '../../support/postgres/rewriting-proxy.js';
import { commandLine } from '../../support/processes/command-line.js';

const database = await testDatabase();
const start = await commandLine();

const open: pg.Client[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.end()));
});

const ITEMS = [
  ...['reachable', 'login', 'path', 'primary', 'version', 'settings', 'sessions', 'locks'],
  ...['terms', 'announcements', 'termination', 'key'],
];

const check = (url: string, ...options: string[]) =>
  runHere(['check', ...options], { DATABASE_URL: url });

/** The marks of the items: ✔ passed, ✘ failed, - skipped. */
function marks(stdout: string): Record<string, string> {
  const lines = stdout.split('\n').filter((line) => /^[✔✘-] /.test(line));
  return Object.fromEntries(
    lines.map((line): [string, string] => [line.slice(2).replace(/ .*/, ''), line.charAt(0)]),
  );
}

/** All items before it passed, and all after it were skipped. */
function failedAt(item: string): Record<string, string> {
  const index = ITEMS.indexOf(item);
  return Object.fromEntries(
    ITEMS.map((one, at) => [one, at < index ? '✔' : at === index ? '✘' : '-']),
  );
}

async function expectFailure(url: string, item: string, reason: string, ...options: string[]) {
  const { code, stdout, stderr } = await check(url, ...options);
  expect(marks(stdout)).toEqual(failedAt(item));
  expect(stdout).toContain(reason);
  // The reason is in the list, and not repeated.
  expect([code, stderr]).toEqual([
    1,
    `nestjs-leader-election: This database can't hold an election: "${item}" failed\n`,
  ]);
}

describe('check', () => {
  it('says of a database that is fit that it is, item by item', async () => {
    const { code, stdout, stderr } = await start(['check'], {
      DATABASE_URL: database.url,
    }).ended();
    expect([code, stderr]).toEqual([0, '']);
    expect(marks(stdout)).toEqual(Object.fromEntries(ITEMS.map((item) => [item, '✔'])));
    expect(stdout).toContain('the lock of "default" (key ');
    expect(stdout).toContain('This database can hold an election over this connection.');
  });

  it.each([
    [80, ITEMS.length],
    [60, ITEMS.length + 5],
  ])('fits a terminal of %i columns, in %i lines', async (columns, count) => {
    const { stdout } = await runHere(['check'], { DATABASE_URL: database.url }, { columns });
    const [items = ''] = stdout.split('\n\n');
    const lines = items.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines).toHaveLength(count);
  });

  it('does not disturb an election, and says who leads it', async () => {
    const options = { ...defaultTimings, connection: database.url, name: 'busy' };
    const leader = await candidate('leader', options).elected();
    const heir = candidate('heir', options);
    await heir.until(() => heir.elector.role === 'heir');
    const term = leader.elector.leadership?.term;
    const { code, stdout } = await check(database.url, '--election', 'busy');
    expect(code).toBe(0);
    expect(stdout).toContain('leader holds the lock of "busy"');
    expect(leader.elector.leadership?.term).toBe(term);
    expect(heir.elector.role).toBe('heir');
    expect(leader.journal).toEqual(['leader elected']);
  });

  it('finds another application on the key, unless the key is shared on purpose', async () => {
    const other = new pg.Client({ connectionString: database.url, application_name: 'cleanup' });
    open.push(other);
    await other.connect();
    const { lock } = electionKeys('taken');
    await other.query('SELECT pg_advisory_lock($1), pg_advisory_lock(5)', [String(lock)]);
    await expectFailure(
      database.url,
      'key',
      'another application ("cleanup", server process ',
      ...['--election', 'taken'],
    );
    const shared = await check(database.url, '--lock-key', '5');
    expect(shared.code).toBe(0);
    expect(shared.stdout).toMatch(
      /another application \("cleanup", server process \d+\) holds the lock with key 5/,
    );
  });

  it.each<[string, string, Rewrite]>([
    [
      'version',
      'needs PostgreSQL 14 or later',
      (sql) => sql.replace("pg_catalog.current_setting('server_version_num')", "'130012'"),
    ],
    [
      'settings',
      'did not accept idle_session_timeout',
      (sql) => sql.replace("'idle_session_timeout', '10000'", "'idle_session_timeout', '0'"),
    ],
    [
      'locks',
      'not listed in pg_locks',
      (sql) => sql.replaceAll('pg_catalog.pg_try_advisory_lock(', 'pg_catalog.int8ne(-1, '),
    ],
    [
      'terms',
      'permission denied',
      (sql) =>
        sql.replace(
          'pg_catalog.pg_current_xact_id()',
          "(SELECT pg_catalog.pg_read_file('PG_VERSION'))",
        ),
    ],
    [
      'announcements',
      'did not arrive',
      (sql) => sql.replace('pg_catalog.pg_notify($1, a)', 'pg_catalog.concat($1::text, a)'),
    ],
    [
      'termination',
      'cannot terminate its own sessions',
      (sql) => sql.replace('pg_catalog.pg_terminate_backend(l.pid)', 'l.pid'),
    ],
  ])('finds what is wrong with %s: %s', async (item, reason, rewrite) => {
    await expectFailure(await serverThatRewrites(database.url, rewrite), item, reason);
  });

  it('finds a role that may connect only once', async () => {
    await database.query(`ALTER ROLE ${database.role} CONNECTION LIMIT 1`);
    await expectFailure(database.url, 'sessions', 'too many connections for role');
    await database.query(`ALTER ROLE ${database.role} CONNECTION LIMIT -1`);
  });

  it('tells a server that can not be reached from one that refuses', async () => {
    await expectFailure('postgresql://app@127.0.0.1:1/app', 'reachable', 'ECONNREFUSED');
    const elsewhere = Object.assign(new URL(database.url), { pathname: 'nowhere' }).href;
    await expectFailure(elsewhere, 'login', 'database "nowhere" does not exist');
  });
});

describe('check of a hot standby', () => {
  const servers: EmbeddedServer[] = [];
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('says that its locks exclude nobody, and so do the other commands', async () => {
    const primary = await new EmbeddedServer().start();
    servers.push(primary);
    const standby = await primary.startStandby();
    servers.unshift(standby);
    await expectFailure(standby.url, 'primary', 'The server is a standby');
    for (const args of [['status'], ['resign', 'default']]) {
      const { code, stderr } = await runHere(args, { DATABASE_URL: standby.url });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^nestjs-leader-election: The server is a standby[^\n]+\n$/);
    }
  });
});
