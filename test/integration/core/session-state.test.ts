import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Leadership } from '../../../lib/core/index.js';
import { formatAnnouncement } from '../../../lib/core/postgres/announcement-codec.js';
import { electionKeys } from '../../../lib/core/postgres/lock-key.js';
import { CHANNEL } from '../../../lib/core/postgres/statements.js';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { candidate, type Candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { listener } from '../../support/listener.js';
import { lockHolders } from '../../support/sessions.js';

const database = await testDatabase();
const connection = database.url;
const { role } = database;

let elections = 0;

/** A candidate that leads, its leadership, and the key of its election. */
async function leader(): Promise<[Candidate, Leadership, bigint]> {
  const name = `election ${(elections += 1)}`;
  const one = await candidate('leader', { connection, name }).elected();
  const { leadership } = one.elector;
  if (!leadership) throw new Error('It does not lead');
  return [one, leadership, electionKeys(name).lock];
}

/** All that a session is beside its data, as a transaction on it finds it. */
async function stateOf(leadership: Leadership): Promise<unknown> {
  const { rows } = await leadership.transaction(({ query }) =>
    query(`
      SELECT current_user, session_user,
             pg_backend_pid() AS pid,
             coalesce(current_setting('app.tenant', true), '') AS tenant,
             ARRAY(SELECT pg_listening_channels() ORDER BY 1) AS channels,
             ARRAY(SELECT name FROM pg_prepared_statements WHERE from_sql ORDER BY 1) AS statements,
             ARRAY(SELECT name FROM pg_cursors WHERE name <> '' ORDER BY 1) AS cursors,
             ARRAY(SELECT relname::text FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS tables,
             (SELECT json_agg(json_build_array(classid, objid, objsubid, mode) ORDER BY classid::int8, objid::int8)
                FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks,
             (SELECT json_object_agg(name, setting) FROM pg_settings) AS settings`),
  );
  return rows[0];
}

const LOCK = (key: bigint) => `SELECT pg_advisory_lock(${key})`;

/** What changes a session for longer than a transaction. */
const changes: [statement: string | ((key: bigint) => string)][] = [
  ['DEALLOCATE ALL'],
  ['PREPARE mine AS SELECT 1'],
  ['PREPARE nestjs_leader_election_try_locks AS SELECT 1'],
  ['DISCARD PLANS'],
  ['DISCARD SEQUENCES'],
  ['DISCARD TEMP'],
  ['CREATE TEMP TABLE mine (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)'],
  ['CREATE TEMP TABLE mine ON COMMIT DROP AS SELECT 1'],
  ['DECLARE mine CURSOR WITH HOLD FOR SELECT generate_series(1, 10)'],
  ['LISTEN mine'],
  ['UNLISTEN *'],
  [`UNLISTEN ${CHANNEL}`],
  ['SET statement_timeout = 0'],
  ["SET LOCAL statement_timeout = '10min'"],
  ['SET lock_timeout = 0'],
  ['SET search_path = nowhere'],
  ['SET synchronous_commit = off'],
  ["SET app.tenant = 'of another'"],
  ["SELECT set_config('app.tenant', 'of another', false)"],
  ["SET application_name = 'mine'"],
  ["SET client_encoding = 'LATIN1'"],
  ["SET DateStyle = 'German'"],
  ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY'],
  ['SET CONSTRAINTS ALL DEFERRED'],
  [`SET ROLE ${role}_other`],
  [`SET SESSION AUTHORIZATION ${role}`],
  [LOCK(77n)],
  ['SELECT pg_advisory_lock_shared(77)'],
  ['SELECT pg_advisory_lock(7, -7)'],
  ['SELECT pg_advisory_lock_shared(7, -7)'],
  [LOCK],
];

async function pidOf(leadership: Leadership | undefined): Promise<unknown> {
  const found = await leadership?.transaction(({ query }) => query('SELECT pg_backend_pid()'));
  return found?.rows[0]?.['pg_backend_pid'];
}

async function notes(): Promise<string[]> {
  const rows = await database.query<{ text: string }>('SELECT text FROM note');
  return rows.map(({ text }) => text);
}

/** Makes a leader resign. */
async function askToResign(key: bigint): Promise<void> {
  const message = formatAnnouncement({ type: 'resign-request', key, instanceId: 'leader' });
  await (await listener(connection)).send(CHANNEL, [message]);
}

beforeAll(async () => {
  await database.query(`
    CREATE ROLE ${role}_other;
    GRANT ${role}_other TO ${role};
    CREATE TABLE note (text text UNIQUE DEFERRABLE INITIALLY DEFERRED);
    GRANT ALL ON note TO ${role}, ${role}_other;
    CREATE FUNCTION give_locks_away() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_unlock_all(); RETURN NULL; END';
    CREATE TABLE trap (text text);
    GRANT ALL ON trap TO ${role};
    CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON trap DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION give_locks_away();
    CREATE SEQUENCE numbers;
    GRANT ALL ON SEQUENCE numbers TO ${role};
    CREATE PROCEDURE committing() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'`);
});
beforeEach(() => database.query('TRUNCATE note'));

describe('the session after a transaction', () => {
  it.each(changes)('is what it was, when that has made: %s', async (change) => {
    const [one, leadership, key] = await leader();
    const statement = typeof change === 'string' ? change : change(key);
    const before = await stateOf(leadership);

    await leadership.transaction(({ query }) => query(statement));
    expect(await stateOf(leadership)).toEqual(before);

    const failed = leadership.transaction(async ({ query }) => {
      await query(statement);
      throw new Error('on second thoughts');
    });
    await expect(failed).rejects.toThrow('on second thoughts');
    expect(await stateOf(leadership)).toEqual(before);
    expect(one.journal).toEqual(['leader elected']);
  });
});

describe('the session after a transaction, for the election,', () => {
  it.each(['DEALLOCATE ALL', 'PREPARE nestjs_leader_election_try_locks AS SELECT 1'])(
    'is used on: after %s, a leader that resigns contends again on it',
    async (statement) => {
      const [one, leadership, key] = await leader();
      const pid = await pidOf(leadership);
      await leadership.transaction(({ query }) => query(statement));
      await askToResign(key);
      await one.elected(2);
      expect(await pidOf(one.elector.leadership)).toBe(pid);
    },
  );

  it('keeps the locks that are left when it has given others up', async () => {
    const [first, leadership] = await leader();
    const heir = candidate('heir', { connection, name: leadership.election });
    await heir.until(() => heir.elector.role === 'heir');
    await first.stop();
    await heir.elected(); // It needs the heir's lock no longer.
    await heir.elector.leadership?.transaction(({ query }) =>
      query("INSERT INTO note VALUES ('a')"),
    );
    expect(await notes()).toEqual(['a']);
    expect(heir.journal).toEqual(['heir elected']);
  });

  it('has heard what was said while the transaction listened to nothing', async () => {
    const [one, leadership, key] = await leader();
    await leadership.transaction(async ({ query }) => {
      await query('UNLISTEN *');
      await askToResign(key);
    });
    await one.demoted('resigned');
  });

  it('frees a lock at once that the transaction has taken again', async () => {
    const [one, leadership, key] = await leader();
    for (let times = 0; times < 3; times += 1) {
      await leadership.transaction(({ query }) => query(LOCK(key)));
    }
    const other = candidate('other', { connection, name: leadership.election });
    await askToResign(key);
    await other.elected();
    expect(await lockHolders(database)).toEqual(['other']);
    expect(one.journal).not.toContain('leader demoted conn_lost');
  });

  it('never lets the lock go, however often another tries to take it', async () => {
    const [one, leadership, key] = await leader();
    const rival = await listener(connection);
    let trying = true;
    const tries = rival
      .query(
        `DO $$ BEGIN FOR i IN 1..300000 LOOP
           IF pg_try_advisory_lock(${key}) THEN RAISE 'it was free'; END IF; END LOOP; END $$`,
      )
      .finally(() => (trying = false));
    tries.catch(() => undefined);
    while (trying) await leadership.transaction(() => undefined);
    await tries;
    expect(one.journal).toEqual(['leader elected']);
  });

  it('is that of its own user, when that may be anybody', async () => {
    const one = await candidate('leader', { connection: database.adminUrl }).elected();
    const [admin] = await database.query<{ name: string }>('SELECT current_user AS name');
    await one.elector.leadership?.transaction(({ query }) =>
      query(`SET SESSION AUTHORIZATION ${role}`),
    );
    const found = await one.elector.leadership?.transaction(({ query }) =>
      query('SELECT session_user::text AS session, current_user::text AS current'),
    );
    expect(found?.rows).toEqual([{ session: admin?.name, current: admin?.name }]);
  });

  it('knows nothing of the numbers that the transaction has drawn', async () => {
    const [, leadership] = await leader();
    await leadership.transaction(({ query }) => query("SELECT nextval('numbers')"));
    const last = leadership.transaction(({ query }) => query('SELECT lastval()'));
    await expect(last).rejects.toThrow('lastval is not yet defined');
  });

  it('has the settings of its role, and the role that these say', async () => {
    await database.query(`ALTER ROLE ${role} SET role = ${role}_other`);
    await database.query(`ALTER ROLE ${role} SET search_path = public, pg_catalog`);
    const [, leadership] = await leader();
    await leadership.transaction(async ({ query }) => {
      await query(`SET ROLE ${role}`);
      await query('SET search_path = nowhere');
    });
    const { rows } = await leadership.transaction(({ query }) =>
      query(`SELECT current_user AS role, current_setting('search_path') AS path`),
    );
    await database.query(`ALTER ROLE ${role} RESET ALL`);
    expect(rows).toEqual([{ role: `${role}_other`, path: 'public, pg_catalog' }]);
  });
});

describe('a transaction', () => {
  it.each([
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'INSERT INTO note VALUES (1)'],
    ['SET TRANSACTION READ ONLY', 'SELECT * FROM note'],
    // Not with SERIALIZABLE: then it waits for serializable transactions anywhere on the server, such as those of other files.
    ['SET TRANSACTION READ ONLY, DEFERRABLE', 'SELECT * FROM note'],
  ])('may begin with: %s', async (mode, statement) => {
    const [one, leadership] = await leader();
    await leadership.transaction(async ({ query }) => {
      await query(mode);
      await query(statement);
    });
    expect(one.journal).toEqual(['leader elected']);
  });

  it('may go back to a savepoint', async () => {
    const [, leadership] = await leader();
    await leadership.transaction(async ({ query }) => {
      await query("INSERT INTO note VALUES ('a')");
      await query('SAVEPOINT before');
      await query('SELECT 1 / 0').catch(() => undefined);
      await query('ROLLBACK TO before');
      await query("INSERT INTO note VALUES ('b')");
      await query('RELEASE before');
    });
    expect(await notes()).toEqual(['a', 'b']);
  });

  it.each([
    'COMMIT',
    'ROLLBACK',
    'COMMIT AND CHAIN',
    'BEGIN',
    "PREPARE TRANSACTION 'mine'",
    '/* so that it is written */ commit;',
  ])('takes no: %s', async (control) => {
    const [one, leadership] = await leader();
    const refused = leadership.transaction(async ({ query }) => {
      await query("INSERT INTO note VALUES ('a')");
      await query(control).catch(() => undefined);
      await query("INSERT INTO note VALUES ('b')");
    });
    await expect(refused).rejects.toMatchObject({
      name: 'TransactionError',
      outcome: 'rolled back',
      message: expect.stringContaining(control.slice(0, 40)),
    });
    expect(await notes()).toEqual([]);
    expect(one.journal).toEqual(['leader elected']);
  });

  it('is not ended by a procedure that commits, nor by DISCARD ALL, which the server refuses', async () => {
    const [one, leadership] = await leader();
    for (const statement of ['CALL committing()', 'DISCARD ALL']) {
      const refused = leadership.transaction(async ({ query }) => {
        await query("INSERT INTO note VALUES ('a')");
        await query(statement);
      });
      await expect(refused).rejects.toMatchObject({ name: 'error' });
    }
    expect(await notes()).toEqual([]);
    expect(one.journal).toEqual(['leader elected']);
  });

  it('passes on what fails only at its commit, and the leadership goes on', async () => {
    const [one, leadership] = await leader();
    const failed = leadership.transaction(({ query }) =>
      query("INSERT INTO note VALUES ('a'), ('a')"),
    );
    await expect(failed).rejects.toMatchObject({ code: '23505' });
    await leadership.transaction(({ query }) => query("INSERT INTO note VALUES ('b')"));
    expect(await notes()).toEqual(['b']);
    expect(one.journal).toEqual(['leader elected']);
  });

  it('passes on what the commit itself finds, and the leadership goes on', async () => {
    const [one, leadership] = await leader();
    const rival = await listener(connection);
    const failed = leadership.transaction(async ({ query }) => {
      await query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      await rival.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
      await query('SELECT count(*) FROM note');
      await rival.query('SELECT count(*) FROM note');
      await query("INSERT INTO note VALUES ('a')");
      await rival.query("INSERT INTO note VALUES ('b')");
      await rival.query('COMMIT');
    });
    await expect(failed).rejects.toMatchObject({ code: '40001' });
    await leadership.transaction(({ query }) => query("INSERT INTO note VALUES ('c')"));
    expect(await notes()).toEqual(['b', 'c']);
    expect(one.journal).toEqual(['leader elected']);
  });

  it('commits as durably as it says itself', async () => {
    // A commit that is as durable as the settings say waits for a standby that does not exist.
    const server = await new EmbeddedServer({
      settings: { synchronous_standby_names: 'nobody' },
    }).start();
    try {
      const one = await candidate('leader', { connection: server.url }).elected();
      await one.elector.leadership?.transaction(async ({ query }) => {
        await query('SET LOCAL synchronous_commit = local');
        await query('CREATE TABLE written ()');
      });
      expect(one.journal).toEqual(['leader elected']);
      await one.stop();
    } finally {
      await server.stop();
    }
  });
});

describe('a transaction that changes what the lease rests on', () => {
  it.each([
    ['SET idle_session_timeout = 0', 'idle_session_timeout to 0,'],
    ['SET LOCAL idle_session_timeout = 0', 'idle_session_timeout to 0,'],
    [
      "SET idle_in_transaction_session_timeout = '1h'",
      'idle_in_transaction_session_timeout to 1h,',
    ],
    [
      "SELECT set_config('idle_in_transaction_session_timeout', '500', true)",
      'idle_in_transaction_session_timeout to 500ms,',
    ],
    ['SET tcp_user_timeout = 0', 'tcp_user_timeout to 0,'],
    ['SET tcp_keepalives_idle = 7200', 'tcp_keepalives_idle to 7200,'],
    ['RESET ALL', 'idle_session_timeout to 0,'],
  ])('is not committed, and says so: %s', async (statement, what) => {
    const [one, leadership] = await leader();
    const before = await stateOf(leadership);
    const refused = leadership.transaction(async ({ query }) => {
      await query("INSERT INTO note VALUES ('a')");
      await query(statement);
    });
    await expect(refused).rejects.toMatchObject({
      name: 'TransactionError',
      outcome: 'rolled back',
      message: expect.stringContaining(what),
    });
    expect(await notes()).toEqual([]);
    expect(await stateOf(leadership)).toEqual(before);
    expect(one.journal).toEqual(['leader elected']);
  });
});

describe('a transaction that limits its own time', () => {
  it('is not committed where the server would end the session for it (PostgreSQL 17 and later)', async () => {
    const [one, leadership] = await leader();
    const limited = leadership.transaction(async ({ query }) => {
      const { rowCount } = await query(
        "SELECT set_config(name, '1h', true) FROM pg_settings WHERE name = 'transaction_timeout'",
      );
      return rowCount;
    });
    const refusal = await limited.catch((error: unknown) => String(error));
    if (refusal !== 0) expect(refusal).toContain('transaction_timeout to 1h,');
    expect(one.journal).toEqual(['leader elected']);
  });

  it('is committed where only its statements are cancelled for it', async () => {
    const [, leadership] = await leader();
    await leadership.transaction(async ({ query }) => {
      await query("SET LOCAL statement_timeout = '200ms'");
      await query("SET LOCAL lock_timeout = '100ms'");
      await query("INSERT INTO note VALUES ('a')");
    });
    expect(await notes()).toEqual(['a']);
  });
});

describe('a transaction that gives the lock away', () => {
  const ALL = () => 'SELECT pg_advisory_unlock_all()';
  const OURS = (key: bigint) => `SELECT pg_advisory_unlock(${key})`;
  const AT_COMMIT = () => "INSERT INTO trap VALUES ('a')";

  it.each([
    ['all at once', ALL],
    ['alone', OURS],
    ['with what was deferred to the commit', AT_COMMIT],
  ])('is not committed, says so, and ends the leadership: %s', async (_how, statement) => {
    const [one, leadership, key] = await leader();
    const refused = leadership.transaction(async ({ query }) => {
      await query("INSERT INTO note VALUES ('a')");
      await query(statement(key));
    });
    await expect(refused).rejects.toMatchObject({
      name: 'TransactionError',
      outcome: 'rolled back',
      message: expect.stringContaining('released a lock that the election needs'),
    });
    expect(leadership.signal.aborted).toBe(true);
    expect(await notes()).toEqual([]);
    await one.elected(2);
    expect(one.journal.slice(0, 2)).toEqual(['leader elected', 'leader demoted conn_lost']);
    expect(one.logged.join('\n')).toContain('released a lock that the election needs');
  });

  it('ends the leadership also when its work throws', async () => {
    const [one, leadership] = await leader();
    const failed = leadership.transaction(async ({ query }) => {
      await query(ALL());
      throw new Error('on second thoughts');
    });
    await expect(failed).rejects.toThrow('released a lock that the election needs');
    expect(leadership.signal.aborted).toBe(true);
    await one.demoted('conn_lost');
  });

  it('leaves another transaction that waits on the same session with the loss of its leadership', async () => {
    const [, leadership] = await leader();
    const [culprit, victim] = [ALL(), "INSERT INTO note VALUES ('b')"].map((statement) =>
      leadership.transaction(({ query }) => query(statement)),
    );
    await expect(culprit).rejects.toMatchObject({ name: 'TransactionError' });
    await expect(victim).rejects.toMatchObject({ name: 'LeadershipLostError' });
    expect(await notes()).toEqual([]);
  });

  it('does not by what a cursor would do after the commit', async () => {
    const [one, leadership] = await leader();
    await leadership.transaction(({ query }) =>
      query('DECLARE mine CURSOR WITH HOLD FOR SELECT pg_advisory_unlock_all()'),
    );
    await leadership.transaction(({ query }) => query("INSERT INTO note VALUES ('a')"));
    expect(await notes()).toEqual(['a']);
    expect(one.journal).toEqual(['leader elected']);
  });
});
