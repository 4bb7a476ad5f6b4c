import { describe, expect, it } from '@jest/globals';
import type { TransactionResult } from 'nestjs-leader-election';
import { testingApp } from '../../support/testing-app.js';
import { latch } from '../../support/timeline.js';

const NOTHING: TransactionResult<unknown> = { rows: [], rowCount: 0 };

describe('transaction()', () => {
  it('says that there is no database', async () => {
    const { testing } = await testingApp();
    const leadership = await testing.elect();

    await expect(leadership.transaction(() => 'done')).rejects.toMatchObject({
      name: 'LeaderElectionTestingError',
      message: expect.stringContaining('set its option `query`'),
    });
  });

  it('takes its answers from the option `query`', async () => {
    const asked: unknown[] = [];
    const { testing } = await testingApp([], {
      query: (text, values) => {
        asked.push([text, values]);
        return { rows: [{ id: 7 }], rowCount: 1 };
      },
    });
    const leadership = await testing.elect();

    const result = await leadership.transaction(({ query }) =>
      query('SELECT id FROM orders', ['open']),
    );

    expect(result).toEqual({ rows: [{ id: 7 }], rowCount: 1 });
    expect(asked).toEqual([['SELECT id FROM orders', ['open']]]);
  });

  it('does not commit when a statement has failed', async () => {
    const { testing } = await testingApp([], {
      query: () => {
        throw new Error('duplicate key');
      },
    });
    const leadership = await testing.elect();

    await expect(leadership.transaction(({ query }) => query('INSERT'))).rejects.toThrow(
      'duplicate key',
    );
    await expect(
      leadership.transaction(({ query }) => query('INSERT').catch(() => undefined)),
    ).rejects.toMatchObject({ name: 'TransactionError', outcome: 'rolled back' });
  });

  it.each(['resigned', 'conn_lost', 'lease_expired'] as const)(
    'does not commit when the leadership is lost meanwhile (%s)',
    async (reason) => {
      const answered = latch();
      const begun = latch();
      const { testing } = await testingApp([], {
        query: async () => {
          begun.open();
          await answered.opened;
          return NOTHING;
        },
      });
      const leadership = await testing.elect();
      const committed = leadership.transaction(({ query }) => query('UPDATE'));
      const refused = expect(committed).rejects.toMatchObject({
        name: 'LeadershipLostError',
        reason,
      });
      await begun.opened;

      const demoted = testing.demote(reason);
      answered.open();

      await Promise.all([refused, demoted]);
      expect((await testing.elect()).term).toBe(2n);
    },
  );

  it('does not commit when the lease expires while a statement goes unanswered', async () => {
    const asked = latch();
    const { testing } = await testingApp([], {
      query: () => {
        asked.open();
        return new Promise<never>(() => undefined);
      },
    });
    const leadership = await testing.elect();
    const committed = leadership.transaction(({ query }) => query('UPDATE'));
    const refused = expect(committed).rejects.toMatchObject({ reason: 'lease_expired' });
    await asked.opened;

    await testing.demote('lease_expired');

    await refused;
  });
});
