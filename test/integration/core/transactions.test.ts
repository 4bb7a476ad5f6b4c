import { getEventListeners } from 'node:events';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Leadership } from '../../../lib/core/index.js';
import { candidate, type Candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { endSession } from '../../support/sessions.js';
import type { LeadershipTransaction } from '../../../lib/core/model/leadership.js';

const database = await testDatabase();
const connection = database.url;

let elections = 0;

/** A candidate that leads, and its leadership. */
async function leader(options: object = {}): Promise<[Candidate, Leadership]> {
  const name = `election ${(elections += 1)}`;
  const one = await candidate('leader', { connection, name, ...options }).elected();
  const { leadership } = one.elector;
  if (!leadership) throw new Error('It does not lead');
  return [one, leadership];
}

const insert = (transaction: LeadershipTransaction, text: string) =>
  transaction.query('INSERT INTO note (text) VALUES ($1)', [text]);

async function notes(): Promise<string[]> {
  const rows = await database.query<{ text: string }>('SELECT text FROM note');
  return rows.map(({ text }) => text);
}

/** A promise, and what makes it come true. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

beforeAll(async () => {
  await database.query('CREATE TABLE note (text text PRIMARY KEY)');
  await database.query(`GRANT ALL ON note TO ${database.role}`);
});
beforeEach(() => database.query('TRUNCATE note'));

describe('a fenced transaction', () => {
  it('commits while leading, and gives the result', async () => {
    const [, leadership] = await leader();
    const count = await leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      const { rows } = await transaction.query<{ count: string }>('SELECT count(*) FROM note');
      return Number(rows[0]?.count);
    });
    expect(count).toBe(1);
    expect(await notes()).toEqual(['a']);
  });

  it('gives a query function that works on its own', async () => {
    const [, leadership] = await leader();
    await leadership.transaction(({ query }) =>
      query('INSERT INTO note (text) VALUES ($1)', ['a']),
    );
    expect(await notes()).toEqual(['a']);
  });

  it('commits nothing when its work throws, and passes the error on', async () => {
    const [one, leadership] = await leader();
    const failed = leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      throw new Error('no more');
    });
    await expect(failed).rejects.toThrow('no more');
    expect(await notes()).toEqual([]);
    expect(one.elector.isLeader).toBe(true);
  });

  it('commits nothing when one of its statements failed, also when the work goes on', async () => {
    const [one, leadership] = await leader();
    const failed = leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      await insert(transaction, 'a').catch(() => undefined);
    });
    await expect(failed).rejects.toMatchObject({
      name: 'TransactionError',
      outcome: 'rolled back',
    });
    expect(await notes()).toEqual([]);
    expect(one.elector.isLeader).toBe(true);
  });

  it('commits nothing when the leadership ends in the middle, and says so at once', async () => {
    const [one, leadership] = await leader();
    const { open, opened } = gate();
    const lost = leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      await opened; // for ever, as far as the transaction is concerned
    });
    const stopped = one.stop();
    await expect(lost).rejects.toMatchObject({ name: 'LeadershipLostError', reason: 'shutdown' });
    expect(await notes()).toEqual([]);
    open();
    await stopped;
  });

  it('commits nothing when the leadership ends after its work, while a statement still runs', async () => {
    const [one, leadership] = await leader();
    const { open, opened } = gate();
    const lost = leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      void transaction.query('SELECT pg_sleep(0.2)');
      open();
    });
    await opened;
    await new Promise(setImmediate); // The work has returned.
    const stopped = one.stop();
    await expect(lost).rejects.toMatchObject({ name: 'LeadershipLostError', reason: 'shutdown' });
    expect(await notes()).toEqual([]);
    await stopped;
  });

  it('commits nothing when the server ends the session in the middle', async () => {
    const [, leadership] = await leader();
    const lost = leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      await endSession(database, 'leader');
      await insert(transaction, 'b');
    });
    await expect(lost).rejects.toMatchObject({ reason: 'conn_lost' });
    expect(await notes()).toEqual([]);
  });

  it('says that the leadership is lost, whichever of its statements the server answers by ending the session', async () => {
    for (const statements of [0, 1]) {
      const [one, leadership] = await leader();
      const lost = leadership.transaction(async ({ query }) => {
        for (let i = 0; i < statements; i += 1) await query('SELECT 1');
        const sleeping = query('SELECT pg_sleep(0.3)');
        sleeping.catch(() => undefined);
        await endSession(database, 'leader');
        await sleeping;
      });
      await expect(lost).rejects.toMatchObject({
        name: 'LeadershipLostError',
        reason: 'conn_lost',
      });
      await one.stop();
    }
  });

  it('ends with an error when a statement takes longer than it may, and the leadership goes on', async () => {
    const [one, leadership] = await leader();
    const slow = leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      await transaction.query('SELECT pg_sleep(10)');
    });
    await expect(slow).rejects.toThrow(/statement timeout/);
    expect(await notes()).toEqual([]);
    expect(one.elector.isLeader).toBe(true);
    expect(one.journal).toEqual(['leader elected']);
  });

  it('may take longer than a leader trusts itself, with heartbeats between its statements', async () => {
    const [one, leadership] = await leader();
    await leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      await new Promise((resolve) => setTimeout(resolve, 1.2 * fastTimings.renewDeadline));
      await insert(transaction, 'b');
    });
    expect(await notes()).toEqual(['a', 'b']);
    expect(one.journal).toEqual(['leader elected']);
  });

  it('may consist of statements that each take as long as they may', async () => {
    const [one, leadership] = await leader();
    await leadership.transaction(async (transaction) => {
      // 0.8 of what lies between the heartbeats and the deadline is allowed.
      await transaction.query('SELECT pg_sleep(0.35)');
      await transaction.query('SELECT pg_sleep(0.35)');
      await insert(transaction, 'a');
    });
    expect(await notes()).toEqual(['a']);
    expect(one.journal).toEqual(['leader elected']);
  });

  it('commits nothing when it takes longer than the lease, so that it holds up nobody for ever', async () => {
    const [one, leadership] = await leader();
    const endless = leadership.transaction(async (transaction) => {
      await insert(transaction, 'a');
      await new Promise(() => undefined);
    });
    await expect(endless).rejects.toThrow('took longer than 1000 ms');
    expect(await notes()).toEqual([]);
    expect(one.elector.isLeader).toBe(true);
  });

  it('passes on that a value can not be sent, and the leadership goes on', async () => {
    const [one, leadership] = await leader();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const failed = leadership.transaction((transaction) =>
      transaction.query('SELECT $1::json', [circular]),
    );
    await expect(failed).rejects.toThrow(/circular/);
    await leadership.transaction((transaction) => insert(transaction, 'a'));
    expect(await notes()).toEqual(['a']);
    expect(one.journal).toEqual(['leader elected']);
  });

  it('takes one statement at a time', async () => {
    const [, leadership] = await leader();
    const two = leadership.transaction((transaction) => transaction.query('SELECT 1; SELECT 2'));
    await expect(two).rejects.toThrow(/multiple commands/);
  });

  it('includes the statement under way that nobody awaited, and none after it', async () => {
    const [, leadership] = await leader();
    let second: Promise<unknown> | undefined;
    await leadership.transaction((transaction) => {
      void insert(transaction, 'a');
      second = insert(transaction, 'b');
      second.catch(() => undefined);
    });
    await second?.catch(() => undefined);
    expect((await notes()).includes('b')).toBe(false);
  });

  it('leaves nothing behind on a leadership that has many of them', async () => {
    const [, leadership] = await leader();
    for (let i = 0; i < 100; i += 1) await leadership.transaction(() => undefined);
    expect(getEventListeners(leadership.signal, 'abort').length).toBeLessThan(5);
  });

  it('is not taken for nested when it is begun later, from a timer that another has set', async () => {
    const [, leadership] = await leader();
    let later: Promise<unknown> | undefined;
    await leadership.transaction(() => {
      later = new Promise((resolve) => setTimeout(resolve, 20)).then(() =>
        leadership.transaction((transaction) => insert(transaction, 'later')),
      );
    });
    await later;
    expect(await notes()).toEqual(['later']);
  });

  it('is refused inside another, which would wait for itself', async () => {
    const [, leadership] = await leader();
    const nested = leadership.transaction(() => leadership.transaction(() => undefined));
    await expect(nested).rejects.toThrow(/inside another/);
  });

  it('waits for another that runs at the same time', async () => {
    const [, leadership] = await leader();
    await Promise.all(
      ['a', 'b', 'c'].map((text) =>
        leadership.transaction((transaction) => insert(transaction, text)),
      ),
    );
    expect(await notes()).toEqual(['a', 'b', 'c']);
  });

  it('is refused when the leadership is over', async () => {
    const [one, leadership] = await leader();
    await one.stop();
    const late = leadership.transaction((transaction) => insert(transaction, 'a'));
    await expect(late).rejects.toMatchObject({ name: 'LeadershipLostError' });
    expect(await notes()).toEqual([]);
  });

  it('takes no statement after it is over', async () => {
    const [, leadership] = await leader();
    let kept: LeadershipTransaction | undefined;
    await leadership.transaction((transaction) => {
      kept = transaction;
    });
    await expect(kept?.query('SELECT 1')).rejects.toThrow('The transaction is over');
  });

  it('is as durable as the role’s other transactions', async () => {
    await database.query(`ALTER ROLE ${database.role} SET synchronous_commit = remote_apply`);
    const [, leadership] = await leader();
    const { rows } = await leadership.transaction((transaction) =>
      transaction.query('SHOW synchronous_commit'),
    );
    await database.query(`ALTER ROLE ${database.role} RESET synchronous_commit`);
    expect(rows).toEqual([{ synchronous_commit: 'remote_apply' }]);
  });

  it('keeps a leader from committing that was frozen between its last statement and its commit', async () => {
    const [, leadership] = await leader();
    const late = leadership.transaction(async (transaction) => {
      await insert(transaction, 'stale');
      const end = performance.now() + 1.5 * fastTimings.leaseDuration;
      while (performance.now() < end); // The process does not run.
    });
    await expect(late).rejects.toMatchObject({ name: 'LeadershipLostError' });
    expect(await notes()).toEqual([]);
  });

  it('keeps a frozen leader from writing after its successor', async () => {
    const { open, opened } = gate();
    const [, leadership] = await leader();
    // It has read that it leads, and is about to write, when its lease runs out.
    const late = leadership.transaction(async (transaction) => {
      await opened;
      await insert(transaction, 'stale');
    });
    const end = performance.now() + 1.5 * fastTimings.leaseDuration;
    while (performance.now() < end); // The process does not run.
    open();
    await expect(late).rejects.toMatchObject({ name: 'LeadershipLostError' });
    expect(await notes()).toEqual([]);
  });
});
