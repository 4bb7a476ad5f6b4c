import { AsyncLocalStorage } from 'node:async_hooks';
import type { Answer } from './connection.js';
import type { Term } from './leadership.js';
import { SessionEndedError, type Send, type Session } from './session.js';
import { aborted } from './wait-for.js';

/** What a statement brought. */
export interface TransactionResult<Row> {
  readonly rows: Row[];
  /** How many rows the statement touched, where it says so. */
  readonly rowCount: number | null;
}

/** A transaction on the session that holds the election's lock. */
export interface LeadershipTransaction {
  /**
   * Runs a statement. It must end well before `renewDeadline`, since no heartbeat can be sent meanwhile; the server
   * cancels it in time.
   *
   * @throws the database's error; {@link TransactionError} when the transaction is over
   */
  query<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<TransactionResult<Row>>;
}

/** A fenced transaction could not be carried out. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError';

  constructor(
    message: string,
    /** `unknown`: the connection was lost while the commit was under way. */
    readonly outcome: 'rolled back' | 'unknown',
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** The session whose transaction the running code belongs to. */
const inside = new AsyncLocalStorage<Session>();

/**
 * Runs `work` in a transaction on the session that holds the lock. It can only commit while that session, and so the lock,
 * is alive: fenced by construction, whatever froze or was cut off in between.
 *
 * Heartbeats go on between its statements; everything else on the session waits until it is over.
 *
 * @internal
 */
export async function runTransaction<T>(
  session: Session,
  term: Term,
  work: (transaction: LeadershipTransaction) => T | Promise<T>,
): Promise<T> {
  if (inside.getStore() === session) {
    throw new TransactionError(
      'A transaction was begun inside another on the same session, which would wait for itself; pass the first one on',
      'rolled back',
    );
  }
  if (term.lost) throw term.signal.reason;
  return session.exclusively(async (send) => {
    if (term.lost) throw term.signal.reason;
    orThrow(await send((connection) => connection.begin()));
    const open = new OpenTransaction(send);
    const outcome = await Promise.race([
      inside.run(session, () => settle(work, open)),
      aborted(term.signal).then(() => undefined),
    ]);
    open.close();
    if (outcome && 'value' in outcome && !term.lost) {
      await commit(send, term);
      return outcome.value;
    }
    await rollBack(send);
    if (term.lost) throw term.signal.reason;
    throw (outcome as { error: unknown }).error;
  });
}

class OpenTransaction implements LeadershipTransaction {
  readonly #send: Send;
  #over = false;

  constructor(send: Send) {
    this.#send = send;
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<TransactionResult<Row>> {
    if (this.#over) throw new TransactionError('The transaction is over', 'rolled back');
    const { rows, rowCount } = orThrow(await this.#send((c) => c.query(text, values)));
    return { rows: rows as Row[], rowCount };
  }

  close(): void {
    this.#over = true;
  }
}

async function settle<T>(
  work: (transaction: LeadershipTransaction) => T | Promise<T>,
  transaction: LeadershipTransaction,
): Promise<{ value: T } | { error: unknown }> {
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

async function rollBack(send: Send): Promise<void> {
  // Where the session is over, the server rolls back by itself.
  await send((connection) => connection.rollback()).catch(() => undefined);
}

function orThrow(answer: Answer): Exclude<Answer, { error: Error }> {
  if ('error' in answer) throw answer.error;
  return answer;
}
