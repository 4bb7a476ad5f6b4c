import { HEIR_TAG, LOCK_TAG, PLACE_TAG } from '../../lib/core/postgres/lock-key.js';
import type { TestDatabase } from './database.js';
import { eventually } from './timeline.js';

/** Other test files run at the same time on this server, with instances of the same names. */
const OURS = `datname = current_database() AND application_name LIKE 'nestjs-leader-election %'`;
const INSTANCE = `replace(application_name, 'nestjs-leader-election ', '')`;

/** The instances that have a session, as the server sees it: one entry for each session. */
export async function sessions(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ instance: string }>(
    `SELECT ${INSTANCE} AS instance FROM pg_stat_activity WHERE ${OURS} ORDER BY 1`,
  );
  return rows.map(({ instance }) => instance);
}

/** The instances that hold an election's lock at this moment, as the server sees it. */
export const lockHolders = (database: TestDatabase) => holdersOf(database, LOCK_TAG);

/** The instances that are next in line for an election. */
export const heirs = (database: TestDatabase) => holdersOf(database, HEIR_TAG);

/** `tag` is in the upper 16 bits of a lock's key. */
async function holdersOf(database: TestDatabase, tag: bigint): Promise<string[]> {
  const rows = await database.query<{ instance: string }>(
    `SELECT ${INSTANCE} AS instance FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE ${OURS} AND locktype = 'advisory' AND granted AND classid::int8 >> 16 = ${tag}`,
  );
  return rows.map(({ instance }) => instance);
}

/** Makes the server end the session of an instance. */
export async function endSession(database: TestDatabase, instance: string): Promise<void> {
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS} AND ${INSTANCE} = $1`,
    [instance],
  );
}

/** Makes the server end the sessions of the command line. */
export async function endCommandLines(database: TestDatabase): Promise<void> {
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'nestjs-leader-election-cli'`,
  );
}

/** The server's processes for the sessions of an instance. */
export async function backendsOf(database: TestDatabase, instance: string): Promise<number[]> {
  const rows = await database.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE ${OURS} AND ${INSTANCE} = $1`,
    [instance],
  );
  return rows.map(({ pid }) => pid);
}

/**
 * The one process of the server that serves an instance. The server ends a session a moment after it was told, so one of an
 * earlier instance of this name may still stand in its lists: waits until it does not.
 */
export async function backendOf(database: TestDatabase, instance: string): Promise<number> {
  let found: number[] = [];
  await eventually(async () => (found = await backendsOf(database, instance)).length === 1);
  return found[0] as number;
}

/** The instances that have a place among those that keep a session, as the server sees it. */
export const placeHolders = (database: TestDatabase) => holdersOf(database, PLACE_TAG);
