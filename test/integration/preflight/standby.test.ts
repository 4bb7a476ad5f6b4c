import { afterAll, describe, expect, it } from '@jest/globals';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';

const primary = await new EmbeddedServer().start();
afterAll(() => primary.stop());
const database = await testDatabase(primary.url);

/** Leads for a moment, and gives the term. */
async function termOf(connection: string): Promise<bigint> {
  const one = await candidate('one', { connection }).elected();
  const term = one.elector.leadership?.term;
  await one.stop();
  return term ?? 0n;
}

describe('terms', () => {
  it('grow over a restart and a crash of the server', async () => {
    const terms = [await termOf(database.url)];
    for (const end of ['halt', 'kill'] as const) {
      await primary[end]();
      await primary.start();
      terms.push(await termOf(database.url));
    }
    const [first = 0n, second = 0n, third = 0n] = terms;
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
  });
});

describe('a hot standby', () => {
  it('is refused, and joined when it was promoted, with a greater term', async () => {
    const standby = await primary.startStandby();
    try {
      const url = Object.assign(new URL(database.url), { port: `${standby.port}` }).href;
      const before = await termOf(database.url);
      // A standby that has just started is slow to answer.
      const patient = { renewDeadline: 2_000, leaseDuration: 3_000 };
      const waiting = candidate('waiting', { connection: url, ...patient });
      await waiting.until(() => waiting.logged.length > 0);
      expect(waiting.logged.join('\n')).toContain('The server is a standby');
      expect(waiting.elector.role).toBe('standby');

      await primary.halt();
      await standby.promote();
      await waiting.elected();
      expect(waiting.elector.leadership?.term).toBeGreaterThan(before);
      await waiting.stop();
    } finally {
      await standby.stop();
    }
  });
});
