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
 * Runs `work` in a transaction on the session that holds the lock. It can only commit while the session is alive and
 * holds the lock: it is fenced by construction, whatever freezes or network failures occur in between.
 *
 * Heartbeats are sent between its statements. All other statements of the session wait until the transaction is over,
 * so it must not take longer than `leaseDuration`.
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
      'A transaction was started inside another one on the same session, which would deadlock; use the outer one instead',
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
    // The term ends with the session.
    throw error instanceof SessionEndedError && leadership.signal.aborted
      ? leadership.signal.reason
      : error;
  });
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Returns the result of the work.
 *
 * @throws what the work throws, or the reason why the term or the time ended first
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

/** Restores the session state, and checks whether the transaction can be committed. */
async function restore(send: Send): Promise<void> {
  const answer = await send((connection) => connection.restore());
  if (orThrow(answer).command === 'ROLLBACK') throw statementFailed();
}

async function rollBack(send: Send): Promise<void> {
  try {
    await send((connection) => connection.rollback());
  } catch (error) {
    // If the session is over, the server rolls back itself. The transaction may have been the cause.
    if (error instanceof SessionEndedError && error.cause instanceof TransactionError)
      throw error.cause;
  }
}

async function commit(send: Send, leadership: Leadership): Promise<void> {
  let sent = false;
  let answer: Answer | undefined;
  try {
    answer = await send(async (connection) => {
      // Checked at the time of sending: the term may have ended in the meantime.
      if (leadership.signal.aborted) return void (await connection.rollback());
      sent = true;
      return connection.commit();
    });
  } catch (error) {
    if (!sent) throw error;
    throw new TransactionError(
      `The connection was lost during the commit of a transaction of "${leadership.election}" in term ${leadership.term}; its outcome is unknown`,
      'unknown',
      error,
    );
  }
  if (!answer) throw leadership.signal.reason;
  if (orThrow(answer).command !== 'COMMIT') throw statementFailed();
}

/** On commit, the server rolls back a transaction in which a statement has failed. */
function statementFailed(): TransactionError {
  return new TransactionError(
    'A statement in the transaction failed, so the transaction was rolled back instead of committed',
    'rolled back',
  );
}
