import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { defaultTimings } from '../../../lib/core/model/timings.js';
import { electionKeys } from '../../../lib/core/postgres/lock-key.js';
import { candidate } from '../../support/candidate.js';
import { runHere } from '../../support/command-here.js';
import { testDatabase } from '../../support/database.js';
import { roleIn } from '../../support/stranger.js';
import { commandLine } from '../../support/processes/command-line.js';

const database = await testDatabase();
const start = await commandLine();
const env = { DATABASE_URL: database.url };

const open: pg.Client[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.end().catch(() => undefined)));
});

let elections = 0;
const election = () => ({
  ...defaultTimings,
  connection: database.url,
  name: `election ${(elections += 1)}`,
});

const resign = (name: string, ...options: string[]) => runHere(['resign', name, ...options], env);

/** Two candidates, of which the first leads. */
async function pair(options: ReturnType<typeof election> & { lockKey?: bigint }) {
  const first = await candidate('first', options).elected();
  const second = candidate('second', options);
  await second.until(() => second.elector.role === 'heir');
  return { first, second };
}

/** A session that holds the lock of an election, and hears nobody. */
async function deaf(url: string, name: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'nestjs-leader-election deaf',
  });
  open.push(client);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SELECT pg_advisory_lock($1)', [String(electionKeys(name).lock)]);
}

describe('resign', () => {
  it('asks the leader, waits for its successor and says how long that took', async () => {
    const options = election();
    const { first, second } = await pair(options);
    const { code, stdout, stderr } = await start(['resign', options.name], env).ended();
    expect([code, stderr]).toEqual([0, '']);
    expect(first.journal).toEqual(['first elected', 'first demoted resigned', 'first stopped']);
    const term = second.elector.leadership?.term;
    expect(stdout).toMatch(
      new RegExp(`^first stepped down; second took over after \\d+ ms \\(term ${term}\\)\\.\n$`),
    );
  });

  it('asks only the instance that it is told', async () => {
    const options = election();
    const { first, second } = await pair(options);
    const refused = await resign(options.name, '--instance', 'second');
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: `nestjs-leader-election: The leader of "${options.name}" is first, not second\n`,
    });
    expect(first.elector.isLeader).toBe(true);
    expect((await resign(options.name, '--instance', 'first')).code).toBe(0);
    expect(second.elector.isLeader).toBe(true);
  });

  it('finds an election with a key of its own by its name, and by the key', async () => {
    const lockKey = 77n;
    const options = { ...election(), lockKey };
    const { first, second } = await pair(options);
    expect(await resign(options.name)).toMatchObject({ code: 0, stderr: '' });
    expect(second.elector.isLeader).toBe(true);
    await first.until(() => first.elector.role === 'heir');
    expect(await resign('whatever', '--lock-key', '77')).toMatchObject({ code: 0, stderr: '' });
    expect(first.elector.isLeader).toBe(true);
  });

  it('does not choose between two elections of one name', async () => {
    const options = election();
    await candidate('one', options).elected();
    await candidate('other', { ...options, lockKey: 78n }).elected();
    const { code, stderr } = await resign(options.name);
    expect(code).toBe(1);
    expect(stderr).toContain(`Several elections are named "${options.name}"`);
    expect(stderr).toContain('--lock-key');
    expect((await resign(options.name, '--lock-key', '78')).stderr).toContain('it leads again');
  });

  it('says that nobody leads', async () => {
    expect(await resign('nobody')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'nestjs-leader-election: No instance leads "nobody" in this database\n',
    });
  });

  it('says that nobody else took over where there is nobody else', async () => {
    const options = election();
    const alone = await candidate('alone', { ...options, retryInterval: 200 }).elected();
    const { code, stdout, stderr } = await resign(options.name);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /alone stepped down, but no other instance took over; it leads again after \d+ ms \(term \d+\)/,
    );
    expect(alone.journal).toContain('alone demoted resigned');
  });

  it('waits no longer than it is told', async () => {
    const options = election();
    let finish: () => void = () => undefined;
    const slow = await candidate('slow', {
      ...options,
      onDemoted: () => new Promise<void>((resolve) => (finish = resolve)),
    }).elected();
    const { code, stderr } = await resign(options.name, '--timeout', '100');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^nestjs-leader-election: slow still holds the lock, .*--timeout.*--force.*\n$/,
    );
    await slow.demoted('resigned');
    finish();
  });

  it('tells a lock that nobody takes from one that is not given back', async () => {
    const options = { ...election(), retryInterval: 60_000 };
    await candidate('alone', options).elected();
    expect(await resign(options.name, '--timeout', '3000')).toMatchObject({
      code: 1,
      stderr:
        'nestjs-leader-election: alone released the lock, but no instance took over in time (--timeout)\n',
    });
  });

  it('says so where its role may not ask', async () => {
    const options = election();
    const { first } = await pair(options);
    const { url } = await roleIn(database);
    const { code, stderr } = await runHere(['resign', options.name], { DATABASE_URL: url });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^nestjs-leader-election: This role is not allowed to ask first to step down: use the application's role, .*\n$/,
    );
    expect(first.elector.isLeader).toBe(true);
  });

  it('--force ends the session of a leader that does not answer', async () => {
    const options = election();
    await deaf(database.url, options.name);
    const heir = candidate('heir', options);
    await heir.until(() => heir.elector.role === 'heir');

    const asked = await resign(options.name);
    expect(asked.code).toBe(1);
    expect(asked.stderr).toMatch(/deaf holds the lock \(server process \d+\) but does not respond/);
    expect(heir.elector.isLeader).toBe(false);

    const forced = await resign(options.name, '--force');
    expect(forced.stdout).toMatch(
      /^Terminated the session of deaf; heir took over after \d+ ms \(term \d+\)\.\n$/,
    );
    expect(forced.code).toBe(0);
  });

  it('--force says what it may not do', async () => {
    const options = election();
    await deaf(database.adminUrl, options.name);
    const { code, stdout, stderr } = await resign(options.name, '--force');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^nestjs-leader-election: This role is not allowed to terminate the session of deaf: .*\n$/,
    );
  });

  it('is content with an elector written elsewhere that takes over', async () => {
    const options = { ...election(), lockKey: 79n };
    const one = await candidate('one', options).elected();
    const elsewhere = new pg.Client(database.url);
    open.push(elsewhere);
    await elsewhere.connect();
    const waits = elsewhere.query('SELECT pg_advisory_lock(79)');
    const { code, stdout } = await resign(options.name);
    await waits;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^one stepped down; server process \d+ took over after \d+ ms\.\n$/);
    expect(one.elector.isLeader).toBe(false);
  });
});
