import { expect, it } from '@jest/globals';
import { candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { serverThatRewrites } from '../../support/postgres/rewriting-proxy.js';

const database = await testDatabase();
const { leaseDuration } = fastTimings;

/** An overloaded server: whatever listens waits for longer than a lease. */
const slow = await serverThatRewrites(database.url, (sql) =>
  sql.includes('LISTEN')
    ? sql.replace(';', `; SELECT pg_catalog.pg_sleep(${(1.5 * leaseDuration) / 1_000});`)
    : sql,
);

it('an instance whose set-up takes longer than leaseDuration joins, and keeps its session', async () => {
  const one = candidate('one', { connection: slow });
  await one.elected();
  const { leadership } = one.elector;
  const until = performance.now() + 1.5 * leaseDuration;
  await one.until(() => performance.now() > until);
  expect(one.elector.leadership).toBe(leadership);
  expect(one.journal).toEqual(['one elected']);
  // Only those that were given too little time at first.
  expect(one.logged.filter((line) => line.startsWith('Lost'))).toEqual([]);
});
