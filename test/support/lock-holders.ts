import type { TestDatabase } from './database.js';

/** The tag in the upper 16 bits of an election's lock. */
const LOCK_TAG = 0x4c45;

/** The instances that hold an election's lock at this moment, as the server sees it. */
export async function lockHolders(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ instance: string }>(
    `SELECT replace(application_name, 'nestjs-leader-election ', '') AS instance
       FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND granted AND datname = current_database()
        AND classid::int8 >> 16 = ${LOCK_TAG}`,
  );
  return rows.map(({ instance }) => instance);
}
