import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { candidate } from '../../support/candidate.js';

/** How the server may ask for a password. Each has a role of its name. */
const METHODS = ['scram-sha-256', 'md5', 'password'];

/** A server that asks each role for its password in another way. */
let server: EmbeddedServer;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pg-hba-'));
  const rules = [...METHODS.map((method) => [method, method]), ['all', 'scram-sha-256']];
  const file = join(directory, 'pg_hba.conf');
  const lines = rules.map(([role, method]) => `host all "${role}" 127.0.0.1/32 ${method}`);
  await writeFile(file, `${lines.join('\n').replace('"all"', 'all')}\n`);
  await chmod(directory, 0o755); // The server may have an account of its own.
  server = await new EmbeddedServer({ settings: { hba_file: file } }).start();
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(METHODS.map((method) => createRole(method)).join(';'));
  await client.end();
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

function createRole(method: string): string {
  const encryption = method === 'md5' ? 'md5' : 'scram-sha-256';
  return `SET password_encryption = '${encryption}'; CREATE ROLE "${method}" LOGIN PASSWORD 'right'`;
}

const configuration = (user: string, password?: string) => ({
  host: '127.0.0.1',
  port: server.port,
  database: 'postgres',
  user,
  ...(password !== undefined && { password }),
});

describe.each(METHODS)('a server that asks for a password by %s', (method) => {
  const saidOf = async (connection: pg.ClientConfig | string) => {
    const one = candidate('one', { connection });
    await one.until(() => one.logged.length > 0);
    return one.logged[0];
  };

  it.each<[string, () => pg.ClientConfig | string]>([
    ['in a configuration', () => configuration(method)],
    ['in a URL', () => `postgresql://${method}@127.0.0.1:${server.port}/postgres`],
  ])('and gets none, %s: that is said, and must be fixed by hand', async (_where, connection) => {
    expect(await saidOf(connection())).toMatch(
      /^Can't take part in elections: The server requires a password, but none was given.*must be fixed by hand/,
    );
  });

  it('and gets a wrong one says so itself', async () => {
    expect(await saidOf(configuration(method, 'wrong'))).toMatch(
      /^Can't take part in elections: password authentication failed .*must be fixed by hand/,
    );
  });

  it('and gets the right one has an election', async () => {
    await candidate('one', { connection: configuration(method, 'right') }).elected();
  });
});
