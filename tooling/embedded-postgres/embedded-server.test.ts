import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import pg from 'pg';
import { EmbeddedServer } from './embedded-server.mjs';

const server = new EmbeddedServer({ settings: { max_connections: 17 } });

beforeAll(() => server.start());
afterAll(() => server.stop());

describe('an embedded server', () => {
  it('takes settings', async () => {
    expect(await ask('SHOW max_connections')).toBe('17');
  });

  it('keeps its data and its URL through a restart and a crash', async () => {
    const url = await server.createDatabase('notes');
    await ask('CREATE TABLE note AS SELECT 1', url);
    await server.restart('immediate');
    await server.kill();
    expect(server.isRunning).toBe(false);
    await server.start();
    expect(await ask('SELECT count(*)::int FROM note', url)).toBe(1);
  });

  it('takes connections again, without a new start, when one of its backends has crashed', async () => {
    const started = await ask('SELECT pg_postmaster_start_time()::text');
    await server.crashBackend();
    expect(await ask('SELECT pg_postmaster_start_time()::text')).toBe(started);
    expect(await server.log()).toContain('terminating any other active server processes');
  });

  it('leaves no process and no file behind once stopped', async () => {
    const { pid } = server;
    const directory = dirname(String(await ask('SHOW data_directory')));
    await server.stop();
    expect(existsSync(directory)).toBe(false);
    expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
  });
});

async function ask(sql: string, url = server.url): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}
