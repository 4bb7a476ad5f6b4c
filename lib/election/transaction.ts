import { AsyncLocalStorage } from 'node:async_hooks';
import type { Answer } from './connection.js';
import type { Term } from './leadership.js';
import { OpenTransaction } from './open-transaction.js';
import { SessionEndedError, type Send, type Session } from './session.js';
import { TransactionError } from './transaction.error.js';
import { waitFor } from './wait-for.js';

/** What a statement brought. */
export interface TransactionResult<Row> {
  /** As `pg` returns them. */
  readonly rows: Row[];
  /** How many rows the statement touched, where it says so. */
  readonly rowCount: number | null;
}

/** A transaction on the session that holds the election's lock. */
export interface LeadershipTransaction {
  /**
   * Runs one statement. It must end well before `renewDeadline`, since no heartbeat can be sent meanwhile; the server
   * cancels it in time. The session is the election's own: no `COMMIT` or `ROLLBACK`, `SET` only as `SET LOCAL`, and no
   * session-level advisory locks.
   *
   * @throws the database's error; {@link TransactionError} when the transaction is over
   */
  readonly query: <Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ) => Promise<TransactionResult<Row>>;
}

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
  term: Term,
  work: TransactionWork<T>,
): Promise<T> {
  const outer = current.getStore();
  if (outer?.session === session && !outer.transaction.isOver) {
    throw new TransactionError(
      'A transaction was begun inside another on the same session, which would wait for itself; pass the first one on',
      'rolled back',
    );
  }
  if (term.lost) throw term.signal.reason;
  const turn = session.exclusively(async (send) => {
    if (term.lost) throw term.signal.reason;
    orThrow(await send((connection) => connection.begin()));
    const transaction = new OpenTransaction(send);
    const outcome = await outcomeOf(session, term, () =>
      current.run({ session, transaction }, () => settle(work, transaction)),
    );
    // What was not awaited belongs to the transaction too.
    await transaction.close();
    if (outcome && 'value' in outcome && !term.lost) {
      await commit(send, term);
      return outcome.value;
    }
    // Where the session is over, the server rolls back by itself.
    await send((connection) => connection.rollback()).catch(() => undefined);
    if (term.lost) throw term.signal.reason;
    if (outcome && 'error' in outcome) throw outcome.error;
    throw new TransactionError(
      `The transaction took longer than ${session.timings.leaseDuration} ms (leaseDuration)`,
      'rolled back',
    );
  });
  return turn.catch((error: unknown) => {
    // The end of the session is the end of the term.
    throw error instanceof SessionEndedError && term.lost ? term.signal.reason : error;
  });
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** What the work came to; undefined when the term or the time was over before it had come to anything. */
function outcomeOf<T>(
  { clock, timings }: Session,
  term: Term,
  work: () => Promise<Outcome<T>>,
): Promise<Outcome<T> | undefined> {
  return waitFor<Outcome<T> | undefined>(term.signal, (tell) => {
    void work().then(tell);
    return clock.after(timings.leaseDuration, () => {
      tell(undefined);
    });
  });
}

async function settle<T>(
  work: TransactionWork<T>,
  transaction: LeadershipTransaction,
): Promise<Outcome<T>> {
  try {
    return { value: await work(transaction) };
  } catch (error) {
    return { error };
  }
}

async function commit(send: Send, term: Term): Promise<void> {
  let answer: Answer;
  try {
    answer = await send((connection) => connection.commit());
  } catch (error) {
    if (!(error instanceof SessionEndedError)) throw error;
    throw new TransactionError(
      `The connection was lost while term ${term.term} of "${term.election}" was committing; whether it has is not known`,
      'unknown',
      error,
    );
  }
  // The server answers a commit of a transaction in which a statement failed by rolling it back.
  if (orThrow(answer).command === 'COMMIT') return;
  throw new TransactionError(
    'A statement of the transaction had failed, so it was rolled back instead of committed',
    'rolled back',
  );
}

/** @internal */
export function orThrow(answer: Answer): Exclude<Answer, { error: Error }> {
  if ('error' in answer) throw answer.error;
  return answer;
}
