import { afterAll } from '@jest/globals';
import pg from 'pg';
import type { TestDatabase } from './database.js';

const CHANNEL = 'nestjs_leader_election';

/** A client that takes part in no election, and sends what it likes on the channel of the instances. */
export interface Stranger {
  /** In one transaction each, since the server drops what is sent twice in one. */
  send(...messages: readonly object[]): Promise<void>;
}

/** One that has a role of its own, which may do nothing but connect, and ends with the test run. */
export async function strangerIn(database: TestDatabase): Promise<Stranger> {
  return connect((await roleIn(database)).url);
}

/** A role that may do nothing but connect. */
export async function roleIn(database: TestDatabase): Promise<{ readonly url: string }> {
  const role = `${database.role}_stranger`;
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'stranger'`);
  const url = Object.assign(new URL(database.url), { username: role, password: 'stranger' });
  return { url: url.href };
}

/** One that has the role of the instances. */
export function insiderOf(database: TestDatabase): Promise<Stranger> {
  return connect(database.url);
}

async function connect(url: string): Promise<Stranger> {
  const client = new pg.Client({ connectionString: url, application_name: 'stranger' });
  await client.connect();
  afterAll(() => client.end());
  return {
    async send(...messages) {
      for (const message of messages) {
        const payload = JSON.stringify({ v: 1, ...message });
        await client.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]);
      }
    },
  };
}
