import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import pg from 'pg';

/** A database of one test file's own, with an ordinary role such as an application has. */
export interface TestDatabase {
  readonly name: string;
  /** An ordinary login role that owns the database; not a superuser. */
  readonly role: string;
  /** Connects as the ordinary role: what the code under test gets. */
  readonly url: string;
  /** Connects as the superuser: for looking at the server, and for breaking things. */
  readonly adminUrl: string;
  /** Creates another ordinary login role, which may connect to the database and owns nothing; dropped with it. */
  anotherRole(): Promise<TestRole>;
  /** Runs a statement as the superuser in this database, and returns its rows. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    parameters?: unknown[],
  ): Promise<Row[]>;
  /** Disconnects everyone and removes the database and its role; comes by itself after the run. */
  drop(): Promise<void>;
}

export interface TestRole {
  readonly role: string;
  /** Connects as this role. */
  readonly url: string;
}

/**
 * Creates a database for the calling test file. It is dropped after the run and not after the file:
 * Jest runs `afterAll` hooks in the order of their definition, and those with which the file closes
 * its own connections come later than any hook of ours.
 *
 * @param serverUrl a superuser's URL; default: the server of this test run
 */
export async function testDatabase(serverUrl = serverOfThisRun()): Promise<TestDatabase> {
  const name = `${process.env['TEST_RUN']}${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const createRole = (role: string) =>
    `CREATE ROLE ${role} LOGIN NOSUPERUSER PASSWORD '${password}'`;
  await onServer(serverUrl, [createRole(name), `CREATE DATABASE ${name} OWNER ${name}`]);

  const adminUrl = withParts(serverUrl, { pathname: name });
  const admin = new pg.Pool({ connectionString: adminUrl, max: 4, allowExitOnIdle: true });
  // A test may restart the server under the pool.
  admin.on('error', () => {});

  afterAll(() => (admin.ended ? undefined : admin.end()));

  const urlOf = (role: string) =>
    withParts(serverUrl, { pathname: name, username: role, password });
  const others: string[] = [];

  return {
    name,
    role: name,
    url: urlOf(name),
    adminUrl,
    anotherRole: async () => {
      const role = `${name}_${others.length}`;
      others.push(role);
      await onServer(serverUrl, [createRole(role)]);
      return { role, url: urlOf(role) };
    },
    query: async <Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]) =>
      (await admin.query<Row>(sql, parameters)).rows,
    drop: async () => {
      await admin.end();
      await onServer(serverUrl, [
        `DROP DATABASE ${name} WITH (FORCE)`,
        `DROP ROLE ${[name, ...others].join(', ')}`,
      ]);
    },
  };
}

function serverOfThisRun(): string {
  const url = process.env['TEST_SERVER_URL'];
  if (!url) throw new Error('No server for the tests: run them with `npm test`.');
  return url;
}

async function onServer(url: string, statements: string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    // One by one: CREATE DATABASE can't run in the transaction that several would share.
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function withParts(url: string, parts: Partial<Pick<URL, 'pathname' | 'username' | 'password'>>) {
  return Object.assign(new URL(url), parts).href;
}
