import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createElections } from '../../../lib/core/create-elections.js';
import { silentLogger } from '../../../lib/core/common/logger.js';
import { defaultTimings } from '../../../lib/core/model/timings.js';
import type { ElectionOptions } from '../../../lib/core/options.js';
import { partitions } from '../../../lib/core/partitions.js';
import { resolveOptions } from '../../../lib/core/resolve-options.js';
import { electionKeys } from '../../../lib/core/postgres/lock-key.js';
import { CHANNEL, REPORT_CHANNEL } from '../../../lib/core/postgres/statements.js';
import { VERSION } from '../../../lib/core/version.js';
import { candidate } from '../../support/candidate.js';
import { runHere, type FakeTerminal } from '../../support/command-here.js';
import { testDatabase } from '../../support/database.js';
import { idleDuties } from '../../support/idle-duties.js';
import { listener } from '../../support/listener.js';
import { commandLine } from '../../support/processes/command-line.js';
import { endCommandLines, sessions } from '../../support/sessions.js';
import { eventually } from '../../support/timeline.js';

const database = await testDatabase();
const few = await testDatabase();
const several = await testDatabase();
const start = await commandLine();

/** Every test has the database for itself. */
beforeEach(() => eventually(async () => (await sessions(database)).length === 0));

const open: pg.Client[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.end().catch(() => undefined)));
});

/** A session of an instance that holds a lock and says nothing any more. */
async function frozen(url: string, instanceId: string, lock: bigint): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `nestjs-leader-election ${instanceId}`,
  });
  open.push(client);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SELECT pg_advisory_lock($1)', [String(lock)]);
}

interface SeenElection {
  readonly name: string | null;
  readonly key: string;
  readonly leader: { instanceId: string; leading: boolean | null; term: string | null } | null;
  readonly heir: { instanceId: string } | null;
  readonly standbys: { instanceId: string }[];
  readonly observers: { instanceId: string }[];
}

/** What `--json` tells. */
async function seenIn(url: string) {
  const { code, stdout } = await runHere(['status', '--json'], { DATABASE_URL: url });
  expect(code).toBe(0);
  return JSON.parse(stdout) as {
    elections: SeenElection[];
    places: { taken: object[] }[];
    unanswered: object[];
  };
}

const shown = async (url: string, env: NodeJS.ProcessEnv = {}, terminal?: FakeTerminal) =>
  (await runHere(['status'], { ...env, DATABASE_URL: url }, terminal)).stdout;

/** An election with one instance of each kind. */
async function fleet(connection: string, name: string) {
  const options = { ...defaultTimings, connection, name };
  const leader = await candidate(`${name}-leader`, options).elected();
  const heir = candidate(`${name}-heir`, options);
  await heir.until(() => heir.elector.role === 'heir');
  const standby = candidate(`${name}-standby`, options);
  const observer = candidate(`${name}-observer`, { ...options, candidate: false });
  await standby.until(() => standby.elector.leader !== undefined);
  await observer.until(() => observer.elector.leader !== undefined);
  return leader;
}

describe('status', () => {
  it('says that there is no election', async () => {
    expect(await shown(database.url)).toBe('No elections found in this database.\n');
    expect((await seenIn(database.url)).elections).toEqual([]);
  });

  it('shows leader, heir, standby and observer, with the term', async () => {
    const leader = await fleet(database.url, 'reports');
    const term = String(leader.elector.leadership?.term);
    const { stdout, stderr, code } = await start(['status'], {
      DATABASE_URL: database.url,
    }).ended();
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^ELECTION +ROLE +INSTANCE +TERM +ELECTED +SEEN +VERSION$/);
    expect(lines[1]).toMatch(
      new RegExp(`^reports +leader +reports-leader +${term} +\\S+ s ago +\\S+ s ago +${VERSION}$`),
    );
    expect(lines[2]).toMatch(/^ +heir +reports-heir +\S+ s ago/);
    expect(lines[3]).toMatch(/^ +standby +reports-standby +\S+ s ago/);
    expect(lines[4]).toMatch(/^ +observer +reports-observer +\S+ s ago/);

    const json = await seenIn(database.url);
    expect(json).toEqual({
      format: 1,
      at: expect.any(String),
      elections: [
        {
          name: 'reports',
          key: String(electionKeys('reports').lock),
          leader: {
            instanceId: 'reports-leader',
            pid: expect.any(Number),
            answered: true,
            address: null,
            version: VERSION,
            startedAt: expect.any(String),
            lastSeen: expect.any(String),
            leading: true,
            term,
            since: leader.elector.leadership?.since.toISOString(),
          },
          heir: expect.objectContaining({ instanceId: 'reports-heir' }),
          standbys: [expect.objectContaining({ instanceId: 'reports-standby' })],
          reserve: [],
          observers: [expect.objectContaining({ instanceId: 'reports-observer' })],
        },
      ],
      places: [],
      unanswered: [],
    });
  });

  it('shows how many places there are and who has them, and nobody in reserve as one that does not answer', async () => {
    const { url } = few;
    const options = { ...defaultTimings, connection: url, name: 'few', maxCandidates: 2 };
    await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    const third = candidate('third', { ...options, reserveInterval: 2_000 });
    await third.until(() => third.elector.role === 'reserve');

    expect(await shown(url)).toMatch(/^Places: 2 of 2 taken, by (first, second|second, first)\.$/m);
    const { elections, places, unanswered } = await seenIn(url);
    expect(elections).toMatchObject([
      { leader: { instanceId: 'first' }, heir: { instanceId: 'second' }, standbys: [] },
    ]);
    expect(places).toMatchObject([{ elections: ['few'], maxCandidates: 2 }]);
    expect(places[0]?.taken).toEqual(
      expect.arrayContaining([
        { place: expect.any(Number), instanceId: 'first', pid: expect.any(Number) },
        { place: expect.any(Number), instanceId: 'second', pid: expect.any(Number) },
      ]),
    );
    expect(unanswered).toEqual([]);
  });

  it('names the elections of the places where there are several fleets', async () => {
    const { url } = several;
    for (const name of ['one', 'other'])
      await candidate(name, {
        ...defaultTimings,
        connection: url,
        name,
        maxCandidates: 3,
      }).elected();

    const text = await shown(url);
    expect(text).toMatch('Places for one: 1 of 3 taken, by one.');
    expect(text).toMatch('Places for other: 1 of 3 taken, by other.');
  });

  it('finds leader and heir where nobody answers, by their locks', async () => {
    const { lock, heir } = electionKeys('forgotten');
    await frozen(database.url, 'cold', lock);
    await frozen(database.url, 'colder', heir);
    const { elections, unanswered } = await seenIn(database.url);
    expect(elections).toMatchObject([
      {
        name: null,
        key: String(lock),
        leader: { instanceId: 'cold', answered: false, leading: null, term: null },
        heir: { instanceId: 'colder' },
      },
    ]);
    expect(unanswered).toMatchObject([{ instanceId: 'cold' }, { instanceId: 'colder' }]);
    const table = await shown(database.url);
    expect(table).toMatch(
      new RegExp(`^key ${lock} +leader +cold +\\? +\\? +\\S+ s ago +no answer$`, 'm'),
    );
    expect(table).toMatch(/^No answer from cold \(server process \d+, silent for .* s\)\.$/m);
  });

  it('gives a silent leader the name of the election that another of its instances tells', async () => {
    const { lock } = electionKeys('told');
    await frozen(database.url, 'cold', lock);
    const awake = candidate('awake', { ...defaultTimings, connection: database.url, name: 'told' });
    await awake.until(() => awake.elector.role === 'heir');
    expect((await seenIn(database.url)).elections).toMatchObject([
      { name: 'told', leader: { instanceId: 'cold' }, heir: { instanceId: 'awake' } },
    ]);
  });

  it('shows elections with a key of their own, an address, and that nobody leads', async () => {
    const options = { ...defaultTimings, connection: database.url };
    await candidate('keyed', {
      ...options,
      name: 'shared',
      lockKey: -7n,
      address: 'http://10.0.0.1:3000',
    }).elected();
    const idle = candidate('idle', { ...options, name: 'unwanted', candidate: false });
    await eventually(async () => (await seenIn(database.url)).elections.length === 2);
    expect(idle.elector.role).toBe('observer');
    expect((await seenIn(database.url)).elections).toMatchObject([
      { name: 'shared', key: '-7', leader: { instanceId: 'keyed' } },
      { name: 'unwanted', leader: null, observers: [{ instanceId: 'idle' }] },
    ]);
    const table = await shown(database.url);
    expect(table).toMatch(/shared +leader +keyed .*http:\/\/10\.0\.0\.1:3000$/m);
    expect(table).toMatch(/^unwanted +leader +nobody$/m);
  });

  it('tells a holder of the lock that does not lead from a leader', async () => {
    let finish: () => void = () => undefined;
    const one = await candidate('slow', {
      ...defaultTimings,
      connection: database.url,
      name: 'slow',
      onDemoted: () => new Promise<void>((resolve) => (finish = resolve)),
    }).elected();
    const stopped = one.stop();
    await one.demoted('shutdown');
    expect((await seenIn(database.url)).elections).toMatchObject([
      { leader: { instanceId: 'slow', leading: false, term: null } },
    ]);
    expect(await shown(database.url)).toMatch(/^slow +holder +slow/m);
    finish();
    await stopped;
  });

  it('believes nobody who says that it leads, and lets nobody move the cursor', async () => {
    const leader = await candidate('honest', {
      ...defaultTimings,
      connection: database.url,
      name: 'honest',
    }).elected();
    const liar = await listener(database.url, [CHANNEL]);
    const lie = JSON.stringify({
      ...{ v: 1, type: 'present', part: 0, parts: 1, startedAt: 0, version: '9' },
      instanceId: 'liar\u001b[2J',
      elections: [
        { name: 'honest', key: String(electionKeys('honest').lock), role: 'leader', term: '1' },
      ],
    });
    const looks = shown(database.url);
    await eventually(() => liar.on(CHANNEL).some((payload) => payload.includes('roll-call')));
    await liar.send(REPORT_CHANNEL, [lie]);
    const table = await looks;
    expect(table).toMatch(
      new RegExp(`^honest +leader +honest +${leader.elector.leadership?.term} `, 'm'),
    );
    expect(table).toMatch(/^ +standby +liar\ufffd\[2J /m);
    expect(table).not.toContain('\u001b');
  });

  it('shows an instance with more elections than a notification holds', async () => {
    const elections = Array.from({ length: 150 }, (_, n) => `election number ${n}`);
    const { instance, elections: all } = createElections(
      resolveOptions({ connection: database.url, instanceId: 'busy' }, { elections, others: [] }),
      silentLogger,
      () => idleDuties,
    );
    const stop = new AbortController();
    const ended = instance.run(stop.signal);
    await eventually(() => all.every(({ isLeader }) => isLeader));
    const seen = (await seenIn(database.url)).elections;
    stop.abort();
    await ended;
    expect(seen.map(({ name }) => name).sort()).toEqual([...elections].sort());
    expect(seen.every(({ leader }) => leader?.instanceId === 'busy' && leader.term)).toBe(true);
  });

  it('shows many partitions in a line for each instance, and those that nobody leads', async () => {
    const run = (instanceId: string, elections: (string | ElectionOptions)[], candidate = true) => {
      const { instance, elections: all } = createElections(
        resolveOptions(
          { connection: database.url, instanceId, candidate },
          { elections, others: [] },
        ),
        silentLogger,
        () => idleDuties,
      );
      const stop = new AbortController();
      const ended = instance.run(stop.signal);
      return { all, end: () => (stop.abort(), ended) };
    };
    const few = [...partitions('few', 3)];
    const names = [...partitions('orders', 12)];
    const some = names.map((name, number) => ({ name, candidate: number < 7 }));
    const one = run('one', [...few, ...some]);
    await eventually(() => one.all.filter(({ isLeader }) => isLeader).length === 10);
    const others = names.map((name, number) => ({ name, candidate: number < 10 }));
    const two = run('two', others);
    await eventually(
      () => two.all.filter(({ role }) => role === 'leader' || role === 'heir').length === 10,
    );
    const admin = run('admin', names, false);
    await eventually(async () => (await shown(database.url)).includes('admin'));

    const table = await shown(database.url);
    const { elections } = await seenIn(database.url);
    await Promise.all([one, two, admin].map(({ end }) => end()));

    const lines = table.split('\n').map((line) => line.replace(/ {2,}/g, ' ').trim());
    expect(lines.slice(1, 4).map((line) => line.split(' ').slice(0, 3))).toEqual(
      few.map((name) => [name, 'leader', 'one']),
    );
    expect(lines.slice(4, 8).map((line) => line.replace(/ \S+ s ago.*/, ''))).toEqual([
      'orders-0…11 leader of 2 nobody',
      'leader of 7 one',
      'leader of 3 two',
      'observer admin',
    ]);
    expect(lines.slice(8)).toEqual(['']);
    // For programs, each is an election.
    expect(elections.map(({ name }) => name).sort()).toEqual([...few, ...names].sort());
    const ofTwo = elections.find(({ name }) => name === 'orders-8')?.leader;
    expect(ofTwo).toMatchObject({ instanceId: 'two', term: expect.stringMatching(/^\d+$/) });
    expect(elections.find(({ name }) => name === 'orders-11')?.leader).toBeNull();
  });

  it('fits the terminal', async () => {
    await candidate('an-instance-with-a-long-name-a1b2c3', {
      ...defaultTimings,
      connection: database.url,
      name: 'an election with a long name',
      address: 'http://10.0.0.11:3000',
    }).elected();
    const widest = (table: string) => Math.max(...table.split('\n').map((line) => line.length));
    expect(widest(await shown(database.url))).toBeGreaterThan(120);
    for (const columns of [120, 80, 60]) {
      expect(widest(await shown(database.url, { COLUMNS: `${columns}` }))).toBeLessThanOrEqual(
        columns,
      );
      expect(widest(await shown(database.url, {}, { columns }))).toBeLessThanOrEqual(columns);
    }
    expect(await shown(database.url, {}, { columns: 0 })).toMatch(/VERSION .*:3000$/ms);
    const medium = await shown(database.url, { COLUMNS: '80' });
    expect(medium).toMatch(/ADDRESS\n.*an-inst….*a1b2c3 .* http:\/\/10\.0\.0\.11:3000$/m);
    expect(medium).not.toContain('VERSION');
    const narrow = await shown(database.url, { COLUMNS: '60' });
    expect(narrow).toContain('…');
    expect(narrow).not.toContain('ADDRESS');
    expect(await shown(database.url, {}, { columns: 80, colours: true })).toContain('\u001b[32m');
    expect(await shown(database.url, {}, { columns: 80 })).not.toContain('\u001b');
  });

  it('--watch shows what changes, also over a lost connection, until it is interrupted', async () => {
    const options = { ...defaultTimings, connection: database.url, name: 'watched' };
    const first = await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    const watch = start(['status', '--watch', '--interval', '100'], { DATABASE_URL: database.url });
    await watch.prints(/watched +leader +first/);
    await first.stop();
    await watch.prints(/watched +leader +second/);
    await endCommandLines(database);
    await watch.prints('No connection: ');
    await watch.prints(/No connection: .*watched +leader +second/s);
    watch.signal('SIGINT');
    expect((await watch.ended()).code).toBe(0);
  });

  it('--watch --json prints a line for each look', async () => {
    await candidate('one', {
      ...defaultTimings,
      connection: database.url,
      name: 'lines',
    }).elected();
    const watch = start(['status', '--watch', '--json', '--interval', '100'], {
      DATABASE_URL: database.url,
    });
    await watch.prints(/\n.+\n/);
    watch.signal('SIGTERM');
    const { stdout } = await watch.ended();
    for (const line of stdout.trimEnd().split('\n')) {
      const { elections } = JSON.parse(line) as { elections: SeenElection[] };
      expect(elections.map(({ name }) => name)).toEqual(['lines']);
    }
  });
});
