import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { candidate } from '../../support/candidate.js';
import { runHere } from '../../support/command-here.js';
import { testDatabase } from '../../support/database.js';
import { connect } from '../../support/postgres/every-statement.js';
import { endSession, lockHolders } from '../../support/sessions.js';

const database = await testDatabase();

const open: pg.Client[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.end()));
  await database.query(`ALTER ROLE ${database.role} RESET ALL`);
});

let elections = 0;
const election = () => ({ connection: database.url, name: `election ${(elections += 1)}` });

async function set(settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await database.query(`ALTER ROLE ${database.role} SET ${name} = ${pg.escapeLiteral(value)}`);
}

/** Those of which a statement of an election could take notice. */
const NOTICEABLE = {
  'statements that time out': { statement_timeout: '50', lock_timeout: '50' },
  'sessions that end when they are idle': {
    idle_session_timeout: '500',
    idle_in_transaction_session_timeout: '100',
  },
  'sessions that end with an error': { exit_on_error: 'on' },
  'arrays without nulls': { array_nulls: 'off' },
  'numbers without their last digits': { extra_float_digits: '-15' },
  'other dates and intervals': { datestyle: 'German, DMY', intervalstyle: 'sql_standard' },
  'read-only transactions, and commits that are not flushed': {
    default_transaction_read_only: 'on',
    synchronous_commit: 'off',
  },
  'repeatable reads': { default_transaction_isolation: 'repeatable read' },
  'transactions that wait for those of others': {
    default_transaction_isolation: 'serializable',
    default_transaction_read_only: 'on',
    default_transaction_deferrable: 'on',
  },
  'row security that throws': { row_security: 'off' },
  'quotes of its own': {
    standard_conforming_strings: 'off',
    backslash_quote: 'off',
    quote_all_identifiers: 'on',
  },
  'everything that the server can say': { client_min_messages: 'debug5' },
  'generic plans': { plan_cache_mode: 'force_generic_plan' },
};

/** As somebody's long serializable transaction: a deferrable one waits for its end before its first row. */
async function beginSerializable(): Promise<void> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  open.push(client);
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
  await client.query('CREATE TEMPORARY TABLE written AS SELECT 1');
}

describe.each(Object.entries(NOTICEABLE))('a role with %s', (_what, settings) => {
  it('leads, is heir, hands over, comes back, and ends its own dead session', async () => {
    await set(settings);
    await beginSerializable();
    const options = election();
    const first = await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    const before = first.elector.leadership?.term ?? 0n;
    expect(await lockHolders(database)).toEqual(['first']);

    await first.stop();
    await second.elected();
    expect(second.elector.leadership?.term).toBeGreaterThan(before);
    expect(second.logged.filter((line) => line.includes('Lost'))).toEqual([]);

    await endSession(database, 'second');
    await second.demoted('conn_lost');
    await second.elected(2);

    const [living, dead] = [await connect(options), await connect(options)];
    const ended = new Promise((resolve) => {
      dead.onClose(resolve);
    });
    await living.terminate(dead.identity);
    await ended;
    await living.end();
  });
});

it('the command line does not wait for the transactions of others either', async () => {
  await set(NOTICEABLE['transactions that wait for those of others']);
  await beginSerializable();
  const options = election();
  await candidate('first', options).elected();
  const { stdout, stderr } = await runHere(['status'], { DATABASE_URL: database.url });
  expect([stdout, stderr]).toEqual([expect.stringMatching(`${options.name} +leader +first`), '']);
});

describe('the transactions of a leader', () => {
  const settings = {
    default_transaction_isolation: 'serializable',
    default_transaction_read_only: 'on',
    default_transaction_deferrable: 'on',
    search_path: 'app',
    array_nulls: 'off',
    extra_float_digits: '-15',
  };
  const inForce = {
    transaction_isolation: 'serializable',
    transaction_read_only: 'on',
    transaction_deferrable: 'on',
    search_path: 'app',
    array_nulls: 'off',
    extra_float_digits: '-15',
  };

  it.each([
    ['its role has set', () => set(settings), undefined],
    [
      'its connection has set',
      () => Promise.resolve(),
      Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    ],
  ])('have what %s', async (_what, prepare, options) => {
    await prepare();
    const connection = { connectionString: database.url, ...(options && { options }) };
    const one = await candidate('one', { ...election(), connection }).elected();
    const found = await one.elector.leadership?.transaction(async ({ query }) => {
      const shown: Record<string, unknown> = {};
      for (const name of Object.keys(inForce)) {
        // It takes no snapshot, for which a deferrable transaction would wait.
        const { rows } = await query<Record<string, unknown>>(`SHOW ${name}`);
        shown[name] = rows[0]?.[name];
      }
      return shown;
    });
    expect(found).toEqual(inForce);
  });

  it('may have another isolation level than that', async () => {
    await set({ default_transaction_isolation: 'serializable' });
    const one = await candidate('one', election()).elected();
    const found = await one.elector.leadership?.transaction(async ({ query }) => {
      await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      return (await query('SHOW transaction_isolation')).rows;
    });
    expect(found).toEqual([{ transaction_isolation: 'repeatable read' }]);
  });
});

describe('a role that takes another role at once', () => {
  it('leads with the rights of that role', async () => {
    const owner = await database.anotherRole();
    await database.query(`GRANT ${owner.role} TO ${database.role}`);
    await set({ role: owner.role });
    const options = election();
    const first = await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    const found = await first.elector.leadership?.transaction(({ query }) =>
      query('SELECT current_user AS now'),
    );
    expect(found?.rows).toEqual([{ now: owner.role }]);
    await endSession(database, 'first');
    await second.elected();
    await first.until(() => first.elector.role === 'heir');
  });
});
