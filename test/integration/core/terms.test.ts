import { afterAll, describe, expect, it } from '@jest/globals';
import { trialKey } from '../../../lib/core/postgres/lock-key.js';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { testDatabase } from '../../support/database.js';
import { openConnection } from '../../support/postgres/open-connection.js';
import { eventually } from '../../support/timeline.js';

const database = await testDatabase();

/** Writes nothing to the disk that nobody waits for, and whose role does not wait for it either. */
const crashing = await new EmbeddedServer({
  settings: { synchronous_commit: 'off', wal_writer_delay: '10000ms', fsync: 'on' },
}).start();
afterAll(() => crashing.stop());

describe('the term of an election', () => {
  it('is given to whoever holds the lock, and to nobody else', async () => {
    const [holder, other] = [
      await openConnection(database.url),
      await openConnection(database.url),
    ];
    const lock = trialKey();
    await holder.tryLocks([{ lock }]);
    expect(await holder.drawTerms([lock])).toEqual([expect.any(BigInt)]);
    await expect(other.drawTerms([lock])).rejects.toThrow('does not list it in pg_locks');
    await expect(holder.drawTerms([lock, trialKey()])).rejects.toThrow('does not list it');
  });

  it('is not forgotten in a crash of the server, however durable commits are by default', async () => {
    const lock = trialKey();
    const terms: bigint[] = [];
    for (let round = 0; round < 3; round += 1) {
      const connection = await openConnection(crashing.url);
      await connection.tryLocks([{ lock }]);
      terms.push(...(await connection.drawTerms([lock])));
      const closed = new Promise<Error>((resolve) => {
        connection.onClose(resolve);
      });
      await crashing.crashBackend();
      await closed;
      await eventually(() =>
        openConnection(crashing.url).then(
          () => true,
          () => false,
        ),
      );
    }
    expect(terms).toEqual([...new Set(terms)].toSorted((one, other) => Number(one - other)));
  });
});
