import { AsyncLocalStorage } from 'node:async_hooks';
import type { Leadership, LeadershipTransaction } from '../model/leadership.js';
import type { Answer } from '../port/transactions.js';
import { waitFor } from '../time/wait.js';
import { OpenTransaction, orThrow, TransactionError } from './open-transaction.js';
import { SessionEndedError, type Session } from './session.js';
import type { Send } from './shared-statements.js';

export type TransactionWork<T> = (transaction: LeadershipTransaction) => T | Promise<T>;

/** The transaction that the running code belongs to. */
const current = new AsyncLocalStorage<{ session: Session; transaction: OpenTransaction }>();

/**
 * Runs `work` in a transaction on the session that holds the lock. It can only commit while that session, and so the lock,
 * is alive: fenced by construction, whatever froze or was cut off in between.
 *
 * Heartbeats go on between its statements; everything else on the session waits until it is over, which is why it may not
 * take longer than `leaseDuration`.
 *
 * @internal
 */
export async function runTransaction<T>(
  session: Session,
  leadership: Leadership,
  work: TransactionWork<T>,
): Promise<T> {
  const outer = current.getStore();
  if (outer?.session === session && !outer.transaction.isOver) {
    throw new TransactionError(
      'A transaction was begun inside another on the same session, which would wait for itself; pass the first one on',
      'rolled back',
    );
  }
  leadership.signal.throwIfAborted();
  const turn = session.exclusively(async (send) => {
    leadership.signal.throwIfAborted();
    orThrow(await send((connection) => connection.begin()));
    const transaction = new OpenTransaction(send);
    let value: T;
    try {
      value = await inTime(session, leadership, () =>
        current.run({ session, transaction }, () => work(transaction)),
      ).finally(transaction.close);
      if (transaction.refusal) throw transaction.refusal;
      await restore(send);
    } catch (error) {
      await rollBack(send);
      throw leadership.signal.aborted ? leadership.signal.reason : error;
    }
    await commit(send, leadership);
    return value;
  });
  return turn.catch((error: unknown) => {
    // The end of the session is the end of the term.
    throw error instanceof SessionEndedError && leadership.signal.aborted
      ? leadership.signal.reason
      : error;
  });
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * What the work comes to, unless the term or the time is over before it has come to anything.
 *
 * @throws what the work throws
 */
async function inTime<T>(
  { clock, timings: { leaseDuration } }: Session,
  leadership: Leadership,
  work: () => T | Promise<T>,
): Promise<T> {
  const outcome = await waitFor<Outcome<T>>(leadership.signal, (tell) => {
    settle(work).then(tell, (error: unknown) => {
      tell({ error });
    });
    return clock.after(leaseDuration, () => {
      const message = `The transaction took longer than ${leaseDuration} ms (leaseDuration)`;
      tell({ error: new TransactionError(message, 'rolled back') });
    });
  });
  if (!outcome) throw leadership.signal.reason;
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

async function settle<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

/** Undoes what the statements did to the session, and finds out whether they left it fit for a commit. */
async function restore(send: Send): Promise<void> {
  const answer = await send((connection) => connection.restore());
  if (orThrow(answer).command === 'ROLLBACK') throw statementFailed();
}

async function rollBack(send: Send): Promise<void> {
  try {
    await send((connection) => connection.rollback());
  } catch (error) {
    // Where the session is over, the server rolls back by itself. The transaction may have been what ended it.
    if (error instanceof SessionEndedError && error.cause instanceof TransactionError)
      throw error.cause;
  }
}

async function commit(send: Send, leadership: Leadership): Promise<void> {
  let sent = false;
  let answer: Answer | undefined;
  try {
    answer = await send(async (connection) => {
      // In the moment of the sending: the term may have ended in the meantime.
      if (leadership.signal.aborted) return void (await connection.rollback());
      sent = true;
      return connection.commit();
    });
  } catch (error) {
    if (!sent) throw error;
    throw new TransactionError(
      `The connection was lost while term ${leadership.term} of "${leadership.election}" was committing; whether it has is not known`,
      'unknown',
      error,
    );
  }
  if (!answer) throw leadership.signal.reason;
  if (orThrow(answer).command !== 'COMMIT') throw statementFailed();
}

/** The server answers a commit of a transaction in which a statement failed by rolling it back. */
function statementFailed(): TransactionError {
  return new TransactionError(
    'A statement of the transaction had failed, so it was rolled back instead of committed',
    'rolled back',
  );
}
