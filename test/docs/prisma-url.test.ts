import { expect, it } from '@jest/globals';
import { candidate } from '../support/candidate.js';
import { testDatabase } from '../support/database.js';

const database = await testDatabase();

it("Prisma's own parameters in a URL don't disturb an election", async () => {
  const connection = Object.assign(new URL(database.url), {
    search: '?schema=public&connection_limit=5&pool_timeout=10&pgbouncer=true',
  }).href;

  const one = await candidate('one', { connection }).elected();

  expect(one.elector.isLeader).toBe(true);
  await one.stop();
});
