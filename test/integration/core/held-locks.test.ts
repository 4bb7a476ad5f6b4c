import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../../lib/core/port/connection.js';
import { testDatabase } from '../../support/database.js';
import { openConnection } from '../../support/postgres/open-connection.js';
import { eventually } from '../../support/timeline.js';

const database = await testDatabase();

const connect = () => openConnection(database.url);

/** The keys of a session's locks, without that of its token. */
async function held({ identity }: Connection): Promise<number[]> {
  const rows = await database.query<{ key: number }>(
    'SELECT objid::int8::int4 AS key FROM pg_locks WHERE pid = $1 AND objid < 10 ORDER BY 1',
    [identity.pid],
  );
  return rows.map(({ key }) => key);
}

/** Each of these keeps a session's own locks, and no others. */
const endings: [string, (connection: Connection) => Promise<unknown>][] = [
  ['committed', async (connection) => [await connection.restore(), await connection.commit()]],
  ['rolled back', (connection) => connection.rollback()],
];

describe.each(endings)('a transaction that is %s', (_how, end) => {
  it('keeps the locks that were granted, and those only', async () => {
    const connection = await connect();
    const other = await connect();
    await other.tryLocks([{ lock: 2n }]);
    const granted = await connection.tryLocks([
      { lock: 1n, heir: 4n },
      { lock: 2n, heir: 5n },
      { lock: 3n },
    ]);
    expect(granted).toEqual(['lock', 'heir', 'lock']);
    await connection.begin();
    await connection.query('SELECT pg_advisory_lock(6)', []);
    await end(connection);
    expect(await held(connection)).toEqual([1, 3, 5]);
  });

  it('expects no lock that was given up', async () => {
    const connection = await connect();
    await connection.tryLocks([{ lock: 1n }, { lock: 2n }, { lock: 3n }]);
    await connection.unlock([1n]);
    await connection.unlockAndAnnounce([2n], [{ type: 'resigned', key: 2n, instanceId: 'one' }]);
    await connection.begin();
    await end(connection);
    expect(await held(connection)).toEqual([3]);
  });

  it('frees a lock that may still be held although it could not be announced', async () => {
    const connection = await connect();
    await connection.tryLocks([{ lock: 1n }]);
    const tooLong = 'x'.repeat(9_000);
    const announced = await connection.unlockAndAnnounce(
      [1n],
      [{ type: 'resigned', key: 1n, instanceId: tooLong }],
    );
    expect(announced).toBe(false);
    await connection.begin();
    await end(connection);
    expect(await held(connection)).toEqual([]);
  });
});

describe('the holder of a lock', () => {
  it('is whoever holds it alone: a lock that can be shared leads nobody', async () => {
    const [connection, holder] = [await connect(), await connect()];
    const [shared] = await database.query<{ pid: number }>(
      'SELECT pg_backend_pid() AS pid, pg_advisory_lock_shared(7)',
    );
    await holder.tryLocks([{ lock: 8n }]);
    expect(shared?.pid).toBeGreaterThan(0);
    expect(await connection.holders([7n, 8n])).toEqual([
      undefined,
      { pid: holder.identity.pid, silence: expect.any(Number) },
    ]);
    await database.query('SELECT pg_advisory_unlock_all()');
  });
});

describe('terms that are drawn in one statement', () => {
  it('are drawn for all of the locks, and announced', async () => {
    const connection = await connect();
    const heard: unknown[] = [];
    connection.onAnnouncement((announcement) => {
      if ('key' in announcement) heard.push(announcement.key);
    });
    const locks = Array.from({ length: 100 }, (_, index) => BigInt(index) - 50n);
    await connection.tryLocks(locks.map((lock) => ({ lock })));
    const terms = await connection.drawTermsAndAnnounce(
      locks,
      locks.map((key) => ({ type: 'acquired', key, instanceId: 'one' })),
    );
    expect(terms).toHaveLength(100);
    expect(terms?.every((term) => term > 0n)).toBe(true);
    await eventually(() => heard.length === 100);
    expect(heard).toEqual(locks);
  });

  it('are drawn for none where one of the locks is not ours', async () => {
    const [connection, other] = [await connect(), await connect()];
    await other.tryLocks([{ lock: 2n }]);
    await connection.tryLocks([{ lock: 1n }, { lock: 3n }]);
    await expect(connection.drawTerms([1n, 2n, 3n])).rejects.toThrow(
      /does not list it in pg_locks/,
    );
    await expect(connection.drawTerms([1n, 4n])).rejects.toThrow(/does not list it in pg_locks/);
    expect(await connection.drawTerms([1n, 3n])).toHaveLength(2);
  });
});
