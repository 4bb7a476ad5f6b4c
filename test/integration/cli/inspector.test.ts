import { describe, expect, it } from '@jest/globals';
import { Inspector } from '../../../lib/core/postgres/inspector.js';
import { testDatabase } from '../../support/database.js';

const database = await testDatabase();

describe('the inspector', () => {
  it('may ask no process of the server to resign that has no role', async () => {
    const [checkpointer] = await database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`,
    );
    const inspector = await Inspector.open({ connectionString: database.url }, undefined);
    try {
      expect(await inspector.mayAskToResign(checkpointer?.pid ?? 0)).toBe(false);
    } finally {
      await inspector.close();
    }
  });
});
