import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { ConnectionOption } from '../../../lib/core/index.js';
import { candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { hostileValues } from '../../support/hostile-values.js';
import { electorProcesses } from '../../support/processes/elector-process.js';

const database = await testDatabase();
const startProcess = await electorProcesses();

const { hostname, port, username, password, pathname } = new URL(database.url);
const where = { host: hostname, port: Number(port), user: username, database: pathname.slice(1) };

/** Where `pg` would connect to by itself. */
const environment = { ...process.env };
afterEach(() => {
  for (const name of ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE'])
    if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = environment[name];
});

function namedByEnvironment(): void {
  Object.assign(process.env, {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
  });
}

/** What a function gave first, and what it gives from then on. */
function first(value: unknown): ConnectionOption {
  const answers = [value];
  return () => (answers.length > 0 ? answers.shift() : database.url) as string;
}

const OBJECT = 'an object that does not specify where to connect';

describe('a function that resolves to nothing that says where to connect to', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ['a number', 42],
    ['a boolean', true],
    ['an array', []],
    [OBJECT, { connectionString: undefined }],
    [OBJECT, { connectionString: '', ssl: false }],
    [OBJECT, { host: undefined, port: undefined, user: undefined }],
    [OBJECT, new URL(database.url)],
    [OBJECT, new Map([['host', '127.0.0.1']])],
    ['a pool or a client', new pg.Pool({ connectionString: database.url })],
    ['a pool or a client', new pg.Client({ connectionString: database.url })],
  ])('is refused, and asked again: %s', async (kind, value) => {
    namedByEnvironment();
    const one = await candidate('one', { connection: first(value) }).elected();
    expect(one.logged[0]).toMatch(
      `Can't connect to the database; retrying: The \`connection\` function returned ${kind}; it must return`,
    );
  });
});

it('an empty configuration leaves all to the environment, on purpose', async () => {
  namedByEnvironment();
  await candidate('one', { connection: () => ({}) }).elected();
});

describe('a function that throws', () => {
  it.each(hostileValues)('is asked again, whatever it throws: $what', async ({ make }) => {
    let calls = 0;
    const connection = () => {
      calls += 1;
      if (calls > 1) return database.url;
      throw make();
    };
    const one = await candidate('one', { connection }).elected();
    expect(one.logged[0]).toContain("Can't connect to the database; retrying");
  });
});

describe('a password', () => {
  it.each<[string, object]>([
    ['was not given', where],
    ['is empty', { ...where, password: '' }],
    ['is no string', { ...where, password: 12_345 }],
    ['is given by a function that has none', { ...where, password: () => undefined }],
    ['is given by a function as null', { ...where, password: () => null }],
    ['is given by a function as a number', { ...where, password: () => Promise.resolve(12_345) }],
    ['is given by a function as nothing', { ...where, password: () => '' }],
  ])('that %s is missed by its name', async (_what, connection) => {
    const one = candidate('one', { connection });
    await one.until(() => one.logged.length > 0);
    expect(one.logged[0]).toMatch(
      /^Can't take part in elections: The server requires a password, .*must be fixed by hand/,
    );
  });

  it.each(hostileValues)('may be asked of a function that throws $what', async ({ make }) => {
    const password = () => {
      throw make();
    };
    const one = candidate('one', { connection: { ...where, password } });
    await one.until(() => one.logged.length > 0);
    expect(one.logged[0]).toMatch("Can't connect to the database; retrying");
    expect(one.logged[0]).not.toMatch('timed out after');
  });
});

describe('a configuration that pg cannot use', () => {
  it.each([
    { port: 'abc' },
    { port: -1 },
    { port: 70_000 },
    { host: 42 },
    { host: { a: 1 } },
    { user: 42, host: '127.0.0.1' },
    { password: { secret: 1 }, host: '127.0.0.1' },
    { connectionString: 42 },
    { connectionString: {} },
    { ssl: 'x', host: '127.0.0.1' },
    { stream: 42 },
    { options: 42, host: '127.0.0.1' },
    { database: [], host: '127.0.0.1' },
    { connectionTimeoutMillis: 'never', host: '127.0.0.1' },
  ])('is reported, and does not end the process: %j', async (connection) => {
    const one = startProcess({ connection });
    await one.report('error');
    expect(one.exitCode).toBeNull();
    await one.stop();
    expect(one.exitCode).toBe(0);
  });
});

describe('a configuration at which pg throws when the server has answered', () => {
  it.each([
    { user: 42 },
    { database: {} },
    { application_name: 42 },
    { options: [] },
    { replication: Object.create(null) as unknown },
    { statement_timeout: Symbol('never') },
    { types: {} },
  ])('is reported, and does not end the process: %p', async (wrong) => {
    const connection = { ...where, password, ...wrong } as ConnectionOption;
    const one = candidate('one', { connection });
    await one.until(() => one.logged.length > 0);
    expect(one.logged[0]).toMatch("Can't connect to the database; retrying");
    expect(one.logged[0]).not.toMatch('timed out after');
  });
});
