import { afterEach, describe, expect, it } from '@jest/globals';
import type { ConnectionOption } from '../../../lib/elector.js';
import { candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { hostileValues } from '../../support/hostile-values.js';
import { electorProcesses } from '../../support/processes/elector-process.js';

const database = await testDatabase();
const startProcess = await electorProcesses();

/** Where `pg` would connect to by itself. */
const environment = { ...process.env };
afterEach(() => {
  for (const name of ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE'])
    if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = environment[name];
});

/** What a function gave first, and what it gives from then on. */
function first(value: unknown): ConnectionOption {
  const answers = [value];
  return () => (answers.length > 0 ? answers.shift() : database.url) as string;
}

describe('a function that resolves to nothing that says where to connect to', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ['a number', 42],
    ['a boolean', true],
    ['an array', []],
  ])('is refused, and asked again: %s', async (kind, value) => {
    const { hostname, port, username, password, pathname } = new URL(database.url);
    Object.assign(process.env, {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
      PGDATABASE: pathname.slice(1),
    });
    const one = await candidate('one', { connection: first(value) }).elected();
    expect(one.logged[0]).toMatch(
      `standing by until it is back: The function given as \`connection\` returned ${kind}; it must return`,
    );
  });
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
    expect(one.logged[0]).toContain('standing by until it is back');
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
