import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { binaries } from '../../../tooling/embedded-postgres/binaries.mjs';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { CHANNEL } from '../../../lib/core/postgres/statements.js';
import { candidate, leaderOf, type Candidate } from '../../support/candidate.js';
import { runHere } from '../../support/command-here.js';
import { testDatabase } from '../../support/database.js';
import { listener } from '../../support/listener.js';
import { connect } from '../../support/postgres/every-statement.js';
import { fillQueue, SMALL_QUEUE } from '../../support/postgres/full-queue.mjs';
import { backendOf, endSession } from '../../support/sessions.js';
import { eventually } from '../../support/timeline.js';

/** Before version 17, the queue takes 8 GB. */
const canBeFilled = Number.parseInt((await binaries()).version) >= 17;
const server = await new EmbeddedServer({
  settings: {
    ...(canBeFilled && SMALL_QUEUE),
    // A standby that is not there, for which only those wait who want to.
    synchronous_standby_names: 'nobody',
    synchronous_commit: 'local',
  },
}).start();
afterAll(() => server.stop());
const database = await testDatabase(server.url);

const NOTIFY = 'EXECUTE ON FUNCTION pg_catalog.pg_notify(text, text)';

/** Why a server refuses announcements. Each makes it do so, and returns what makes it stop. */
const REASONS: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  'are not allowed': async () => {
    await database.query(`REVOKE ${NOTIFY} FROM PUBLIC`);
    return () => database.query(`GRANT ${NOTIFY} TO PUBLIC`);
  },
  ...(canBeFilled && { 'find the queue full': () => fillQueue(server.url) }),
};

const options = { connection: database.url, name: 'refused' };

const termOf = ({ elector }: Candidate) => elector.leadership?.term ?? 0n;

describe.each(Object.entries(REASONS))('announcements that %s', (_why, refuse) => {
  let allow: () => Promise<unknown> = () => Promise.resolve();
  beforeEach(async () => {
    allow = await refuse();
  });
  afterEach(() => allow());

  it('keep nobody from leading, handing over and coming back', async () => {
    const first = await candidate('first', options).elected();
    const others = ['second', 'third'].map((name) => candidate(name, options));
    await eventually(() => others.some(({ elector }) => elector.role === 'heir'));
    const terms = [termOf(first)];

    await first.stop();
    const second = await leaderOf(others);
    const third = others.find((other) => other !== second) ?? first;
    terms.push(termOf(second));
    await third.until(() => third.elector.role === 'heir');
    const ofThird = await backendOf(database, third.name);

    await endSession(database, second.name);
    await second.demoted('conn_lost');
    await third.elected();
    terms.push(termOf(third));
    await second.until(() => second.elector.role === 'heir');
    expect(await backendOf(database, third.name)).toBe(ofThird);
    const lost = [first, second, third].map(({ logged }) =>
      logged.filter((line) => line.startsWith('Lost')),
    );
    expect(lost.map(({ length }) => length)).toEqual([0, 1, 0]);

    expect(terms).toEqual([...new Set(terms)].toSorted((a, b) => Number(a - b)));
  });

  it('end no session, whatever they tell', async () => {
    const connection = await connect(options);
    const key = 1n;
    const instanceId = 'one';
    expect(await connection.tryLocks([{ lock: key }])).toEqual(['lock']);
    expect(
      await connection.drawTermsAndAnnounce([key], [{ type: 'acquired', key, instanceId }]),
    ).toBeUndefined();
    const [first = 0n] = await connection.drawTerms([key]);
    await connection.announce([
      { type: 'who-leads' },
      { type: 'roll-call' },
      { type: 'leading', key, leader: { instanceId } },
    ]);
    await connection.sendReport({
      instanceId,
      version: '1',
      startedAt: new Date(),
      elections: [],
    });
    expect((await connection.drawTerms([key]))[0]).toBeGreaterThan(first);
    expect(await connection.unlockAndAnnounce([key], [{ type: 'resigned', key, instanceId }])).toBe(
      false,
    );
    await connection.unlock([key]);
    expect(await connection.holders([key])).toEqual([undefined]);
    await connection.end();
  });

  it('can be made by the command line as soon as nothing stands in their way', async () => {
    const env = { DATABASE_URL: database.url };
    await candidate('first', options).elected();
    expect((await runHere(['status'], env)).stderr).toMatch(
      /permission denied|too many notifications/,
    );
    await allow();
    expect(await runHere(['status'], env)).toMatchObject({ code: 0, stderr: '' });
  });

  it('are made again when nothing stands in their way', async () => {
    const ear = await listener(database.url, [CHANNEL]);
    const first = await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    expect(ear.on(CHANNEL)).toEqual([]);

    await allow();
    await first.stop();
    await second.elected();
    await eventually(() => ear.on(CHANNEL).some((payload) => payload.includes('"elected"')));
  });
});

describe('announcements that wait for a commit of somebody else', () => {
  /** A commit with a notification keeps all others waiting; this one waits itself, for the standby that is not there. */
  async function beginCommit(): Promise<() => Promise<void>> {
    const client = new pg.Client(database.adminUrl);
    await client.connect();
    await client.query('SET synchronous_commit = on');
    await client.query(
      `BEGIN; SELECT pg_logical_emit_message(true, 'written', ''); NOTIFY waiting`,
    );
    const committed = client.query('COMMIT');
    const waiting = `FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
    await eventually(async () => (await database.query(`SELECT ${waiting}`)).length > 0);
    return async () => {
      await database.query(`SELECT pg_cancel_backend(pid) ${waiting}`);
      await committed;
      await client.end();
    };
  }

  it('are given up, so that there is a leader, and another after it', async () => {
    const end = await beginCommit();
    try {
      const patient = { ...options, renewDeadline: 1_500, leaseDuration: 2_500 };
      const first = await candidate('first', patient).elected();
      const second = candidate('second', patient);
      await second.until(() => second.elector.role === 'heir');
      await first.stop();
      await second.elected();
      expect([...first.logged, ...second.logged].filter((line) => line.startsWith('Lost'))).toEqual(
        [],
      );
    } finally {
      await end();
    }
  });
});
