import { describe, expect, it } from '@jest/globals';
import { type LeadershipTransaction } from '../../lib/core/model/leadership.js';
import { Session } from '../../lib/core/session/session.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { runTransaction } from '../../lib/core/session/transaction.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';
import { settled } from '../support/settled.js';
import { TransactionError } from '../../lib/core/session/open-transaction.js';
import { TermLeadership } from '../../lib/core/election/term.js';

const { heartbeatInterval, leaseDuration } = defaultTimings;

/** A leader's session, at whose other end is the test. */
function leading() {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  const session = new Session(connection, clock, defaultTimings);
  session.retain();
  const term = new TermLeadership('default', 1n, new Date(0), (of, work) =>
    runTransaction(session, of, work),
  );
  session.onEnd(() => {
    term.end('conn_lost');
  });
  return {
    clock,
    connection,
    session,
    term,
    /** Lets the statement that waits be answered, and others be sent. */
    answer: async (value?: unknown) => {
      connection.pending.answer(value);
      await settle();
    },
  };
}

/** A leader whose statements wait for the test to answer them, in a transaction. */
async function inTransaction<T>(
  work: (transaction: LeadershipTransaction) => T | Promise<T>,
  { until }: { until?: string } = {},
) {
  const world = leading();
  const { connection, term } = world;
  connection.answering = false;
  const outcome = settled(term.transaction(work));
  await settle();
  while (until !== undefined && connection.pending.statement !== until) await world.answer();
  return { ...world, outcome };
}

/** What it came to when the leadership had ended. */
const lost = (reason: string) => ({ error: { name: 'LeadershipLostError', reason } });
const refused = (message: string, outcome = 'rolled back') => ({
  error: { name: 'TransactionError', outcome, message: expect.stringContaining(message) },
});

describe('a fenced transaction', () => {
  it('sends its statements in order, and the commit last', async () => {
    const { connection, term } = leading();
    const value = await term.transaction(async ({ query }) => {
      await query('a');
      await query('b');
      return 'done';
    });
    expect(value).toBe('done');
    expect(connection.statements).toEqual(['begin', 'a', 'b', 'restore', 'commit']);
  });

  it('leaves no timer and no listener behind, whatever comes of it', async () => {
    const { clock, term } = leading();
    const pending = clock.pending;
    await term.transaction(() => undefined);
    await expect(term.transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(clock.pending).toBe(pending);
  });

  it('is rolled back when its work throws, at once or later, and passes that on', async () => {
    for (const throws of [
      () => {
        throw new Error('no');
      },
      () => Promise.reject(new Error('no')),
    ]) {
      const { connection, term } = leading();
      await expect(term.transaction(throws)).rejects.toThrow('no');
      expect(connection.statements).toEqual(['begin', 'rollback']);
    }
  });

  it('passes on that it could not begin, and does not run its work', async () => {
    const { answer, connection, outcome } = await inTransaction(() => 'done');
    await answer({ error: new Error('no') });
    expect(outcome).toEqual({ error: new Error('no') });
    expect(connection.statements).toEqual(['begin']);
  });

  it('takes a string for a statement, and nothing else', async () => {
    const { term } = leading();
    const wrong = term.transaction(({ query }) => query({ text: 'a' } as unknown as string));
    await expect(wrong).rejects.toThrow(new TypeError('A statement must be a string'));
  });

  it('is refused inside another, which would wait for itself', async () => {
    const { connection, term } = leading();
    const nested = term.transaction(() => term.transaction(() => undefined));
    await expect(nested).rejects.toMatchObject(refused('inside another').error);
    expect(connection.statements).toEqual(['begin', 'rollback']);
  });

  it('may be begun by what another has left running', async () => {
    const { connection, term } = leading();
    let later: Promise<unknown> | undefined;
    await term.transaction(() => {
      later = settle().then(() => term.transaction(() => undefined));
    });
    await later;
    expect(connection.statements.filter((statement) => statement === 'commit')).toHaveLength(2);
  });
});

describe('a fenced transaction whose term is over', () => {
  it('before it is begun, is refused at once, also when another is under way', async () => {
    const { connection, outcome, session, term } = await inTransaction(() => 'done');
    const old = new TermLeadership('other', 1n, new Date(0), (of, work) =>
      runTransaction(session, of, work),
    );
    old.end('resigned');
    const late = settled(old.transaction(() => 'late'));
    await settle();
    expect(late).toMatchObject(lost('resigned'));
    expect(connection.statements).toEqual(['begin']);
    expect([outcome, term.lost]).toEqual([{}, undefined]);
  });

  it('while it waits for its turn, sends nothing', async () => {
    const { answer, connection, session } = await inTransaction(() => 'done');
    const old = new TermLeadership('other', 1n, new Date(0), (of, work) =>
      runTransaction(session, of, work),
    );
    const late = settled(old.transaction(() => 'late'));
    old.end('resigned');
    while (connection.pending.statement !== 'commit') await answer();
    await answer();
    expect(late).toMatchObject(lost('resigned'));
    expect(connection.statements).toEqual(['begin', 'restore', 'commit']);
  });

  it('while it begins, does not run its work', async () => {
    let ran = false;
    const { answer, connection, outcome, term } = await inTransaction(() => (ran = true));
    term.end('resigned');
    await answer();
    await answer();
    expect(ran).toBe(false);
    expect(connection.statements).toEqual(['begin', 'rollback']);
    expect(outcome).toMatchObject(lost('resigned'));
  });

  it('while it works, is rolled back without waiting for the work', async () => {
    const { answer, connection, outcome, term } = await inTransaction(
      () => new Promise<never>(() => undefined),
    );
    await answer();
    term.end('shutdown');
    await settle();
    await answer();
    expect(connection.statements).toEqual(['begin', 'rollback']);
    expect(outcome).toMatchObject(lost('shutdown'));
  });

  it('while a statement waits that nobody awaited, is rolled back after it', async () => {
    const { answer, connection, outcome, term } = await inTransaction(
      ({ query }) => void query('a'),
      { until: 'a' },
    );
    term.end('resigned');
    while (connection.pending.statement !== 'rollback') await answer();
    await answer();
    expect(connection.statements).not.toContain('commit');
    expect(outcome).toMatchObject(lost('resigned'));
  });

  it('when its work throws, says that the term is over', async () => {
    const { answer, outcome, term } = await inTransaction(
      async ({ query }) => {
        await query('a');
        throw new Error('no');
      },
      { until: 'a' },
    );
    await answer();
    term.end('resigned');
    await answer();
    expect(outcome).toMatchObject(lost('resigned'));
  });

  it('while the session is restored, is rolled back', async () => {
    const { answer, connection, outcome, term } = await inTransaction(() => 'done', {
      until: 'restore',
    });
    term.end('resigned');
    await answer();
    await answer();
    expect(connection.statements).toEqual(['begin', 'restore', 'rollback']);
    expect(outcome).toMatchObject(lost('resigned'));
  });

  it('while the commit waits for a heartbeat, is rolled back', async () => {
    const { answer, clock, connection, outcome, term } = await inTransaction(() => 'done', {
      until: 'restore',
    });
    await clock.run(heartbeatInterval + 1);
    await answer(); // It took so long that a heartbeat must come before the commit.
    expect(connection.pending.statement).toBe('heartbeat');
    term.end('resigned');
    await answer();
    await answer();
    expect(connection.statements).toEqual(['begin', 'restore', 'heartbeat', 'rollback']);
    expect(outcome).toMatchObject(lost('resigned'));
  });

  it('while it commits, is committed, and says so', async () => {
    const { answer, outcome, term } = await inTransaction(() => 'done', { until: 'commit' });
    term.end('resigned');
    await answer();
    expect(outcome).toEqual({ value: 'done' });
  });
});

describe('a fenced transaction whose connection dies', () => {
  it.each(['begin', 'a', 'restore', 'rollback'])('in: %s, has lost the leadership', async (at) => {
    const { connection, outcome } = await inTransaction(
      async ({ query }) => {
        await query('a');
        if (at === 'rollback') throw new Error('no');
      },
      { until: at },
    );
    connection.close(new Error('reset'));
    await settle();
    expect(outcome).toMatchObject(lost('conn_lost'));
  });

  it('before the commit is sent, has lost the leadership: nothing was committed', async () => {
    const { answer, clock, connection, outcome } = await inTransaction(() => 'done', {
      until: 'restore',
    });
    await clock.run(heartbeatInterval + 1);
    await answer();
    expect(connection.pending.statement).toBe('heartbeat');
    connection.close(new Error('reset'));
    await settle();
    expect(outcome).toMatchObject(lost('conn_lost'));
  });

  it('while it is rolled back before the commit, has lost the leadership', async () => {
    const { answer, connection, outcome, term } = await inTransaction(() => 'done', {
      until: 'restore',
    });
    term.end('resigned');
    await answer();
    expect(connection.pending.statement).toBe('rollback');
    connection.close(new Error('reset'));
    await settle();
    expect(outcome).toMatchObject(lost('resigned'));
  });

  it('while it commits, does not know', async () => {
    const { connection, outcome } = await inTransaction(() => 'done', { until: 'commit' });
    connection.close(new Error('reset'));
    await settle();
    expect(outcome).toMatchObject(
      refused(
        'The connection was lost during the commit of a transaction of "default" in term 1; its outcome is unknown',
        'unknown',
      ),
    );
    expect(outcome.error).toMatchObject({ cause: { name: 'SessionEndedError' } });
  });

  it('by the deadline of the lease while it commits, does not know', async () => {
    const { clock, outcome } = await inTransaction(() => 'done', { until: 'commit' });
    await clock.run(defaultTimings.renewDeadline);
    expect(outcome).toMatchObject(refused('its outcome is unknown', 'unknown'));
  });
});

describe('a fenced transaction that takes its time', () => {
  it('is rolled back after leaseDuration', async () => {
    const { clock, connection, term } = leading();
    const outcome = settled(term.transaction(() => new Promise<never>(() => undefined)));
    await clock.run(leaseDuration - 1);
    expect(outcome).toEqual({});
    await clock.run(1);
    expect(outcome).toMatchObject(refused(`took longer than ${leaseDuration} ms`));
    expect(connection.statements.at(-1)).toBe('rollback');
  });

  it('is rolled back although the answer that it waited for comes after the deadline', async () => {
    const world = leading();
    const { clock, connection, term } = world;
    const statement = { answered: false };
    const outcome = settled(
      term.transaction(async ({ query }) => {
        await new Promise<void>((resolve) => clock.after(leaseDuration - 1, resolve));
        connection.answering = false;
        await query('a');
        statement.answered = true;
      }),
    );
    await clock.run(leaseDuration);
    expect(connection.pending.statement).toBe('a');
    await world.answer();
    expect(statement.answered).toBe(true);
    expect(connection.pending.statement).toBe('rollback');
    await world.answer();
    expect(outcome).toMatchObject(refused('took longer than'));
  });
});

describe('a statement of a fenced transaction', () => {
  it('is sent with its values, and brings its rows and their number', async () => {
    const { connection, term } = leading();
    const sent: unknown[] = [];
    const rows = [{ id: 7 }];
    connection.query = (text, values) => {
      sent.push([text, values]);
      return Promise.resolve({ command: 'SELECT', rows, rowCount: 1 });
    };
    const results = await term.transaction(async ({ query }) => [
      await query('a', [1, 'two']),
      await query('b'),
    ]);
    expect(sent).toEqual([
      ['a', [1, 'two']],
      ['b', []],
    ]);
    expect(results).toEqual(Array(2).fill({ rows, rowCount: 1 }));
  });

  it('that nobody awaited and that was sent belongs to it; one that waited for its turn does not', async () => {
    let second: ReturnType<typeof settled> | undefined;
    const { answer, connection } = await inTransaction(
      ({ query }) => {
        void query('a');
        second = settled(query('b'));
      },
      { until: 'a' },
    );
    while (connection.pending.statement !== 'commit') await answer();
    expect(connection.statements).toEqual(['begin', 'a', 'restore', 'commit']);
    expect(second).toMatchObject(refused('The transaction is over'));
  });

  it('that waited for its turn is not sent after the rollback either', async () => {
    let second: ReturnType<typeof settled> | undefined;
    const { answer, connection } = await inTransaction(
      ({ query }) => {
        void query('a');
        second = settled(query('b'));
        throw new Error('no');
      },
      { until: 'a' },
    );
    while (connection.pending.statement !== 'rollback') await answer();
    await answer();
    expect(connection.statements).toEqual(['begin', 'a', 'rollback']);
    expect(second).toMatchObject(refused('The transaction is over'));
  });

  it('that fails, rejects with the error of the database', async () => {
    let statement: ReturnType<typeof settled> | undefined;
    const { answer } = await inTransaction(
      async ({ query }) => {
        const sent = query('a');
        statement = settled(sent);
        await sent;
      },
      { until: 'a' },
    );
    await answer({ error: new Error('duplicate key') });
    expect(statement).toEqual({ error: new Error('duplicate key') });
  });

  it('is sent after one that failed: it may go back to a savepoint', async () => {
    const { answer, connection } = await inTransaction(
      async ({ query }) => {
        const failing = query('a').catch(() => undefined);
        await Promise.all([failing, query('b')]);
      },
      { until: 'a' },
    );
    await answer({ error: new Error('division by zero') });
    expect(connection.pending.statement).toBe('b');
  });

  it('that comes after its end is not sent', async () => {
    const { connection, term } = leading();
    const kept = await term.transaction((transaction) => transaction);
    await expect(kept.query('late')).rejects.toThrow('The transaction is over');
    expect(connection.statements).not.toContain('late');
  });

  it('that would end it is not sent, and nothing is committed although that was caught', async () => {
    const { connection, term } = leading();
    const refusal = term.transaction(({ query }) => query('commit').catch(() => 'never mind'));
    await expect(refusal).rejects.toMatchObject(refused('"commit" is not allowed').error);
    expect(connection.statements).toEqual(['begin', 'rollback']);
  });

  it('that would end it is quoted by its beginning', async () => {
    const { term } = leading();
    const long = `\n  COMMIT /* ${'a'.repeat(1_000)} */ `;
    const refusal = term.transaction(({ query }) => query(long));
    const quoted = `so "COMMIT /* ${'a'.repeat(30)}" is not allowed in it. The transaction is rolled back. For a part that may fail, use SAVEPOINT and ROLLBACK TO`;
    await expect(refusal).rejects.toMatchObject(refused(quoted).error);
  });
});

describe('a fenced transaction that can not be committed', () => {
  it('for what it did to the session, is rolled back', async () => {
    const { answer, connection, outcome } = await inTransaction(() => 'done', { until: 'restore' });
    await answer({ error: new TransactionError('not so', 'rolled back') });
    await answer();
    expect(connection.statements).toEqual(['begin', 'restore', 'rollback']);
    expect(outcome).toMatchObject(refused('not so'));
  });

  it('because a statement had failed, is rolled back', async () => {
    const { answer, connection, outcome } = await inTransaction(() => 'done', { until: 'restore' });
    await answer({ command: 'ROLLBACK', rows: [], rowCount: null });
    await answer();
    expect(connection.statements).toEqual(['begin', 'restore', 'rollback']);
    expect(outcome).toMatchObject(refused('A statement in the transaction failed'));
  });

  it('as the commit itself finds out, passes that on', async () => {
    const { answer, connection, outcome } = await inTransaction(() => 'done', { until: 'commit' });
    await answer({ error: new Error('could not serialize') });
    expect(connection.statements).toEqual(['begin', 'restore', 'commit']);
    expect(outcome).toEqual({ error: new Error('could not serialize') });
  });

  it('and whose commit was answered by a rollback, says so', async () => {
    const { answer, outcome } = await inTransaction(() => 'done', { until: 'commit' });
    await answer({ command: 'ROLLBACK', rows: [], rowCount: null });
    expect(outcome).toMatchObject(refused('A statement in the transaction failed'));
  });

  it('and has lost a lock, ends the session, and says why instead of that the term is over', async () => {
    const { answer, connection, outcome, session, term } = await inTransaction(() => 'done', {
      until: 'restore',
    });
    const lockLost = new TransactionError('lock lost', 'rolled back');
    await answer({ error: lockLost });
    connection.pending.fail(lockLost);
    await settle();
    expect([session.ended?.reason, term.lost]).toEqual(['conn_lost', 'conn_lost']);
    expect(outcome).toEqual({ error: lockLost });
  });

  it('leaves one that waits for its turn with the loss of the leadership, and not with that reason', async () => {
    const { answer, connection, term } = await inTransaction(() => 'done');
    const waiting = settled(term.transaction(() => 'waiting'));
    while (connection.pending.statement !== 'restore') await answer();
    const lockLost = new TransactionError('lock lost', 'rolled back');
    await answer({ error: lockLost });
    connection.pending.fail(lockLost);
    await settle();
    expect(waiting).toMatchObject(lost('conn_lost'));
  });
});
