import type { LeadershipTransaction, TransactionResult } from '../model/leadership.js';
import type { Answer } from '../port/transactions.js';
import type { Send } from './shared-statements.js';
import { controlsTransaction } from './transaction-control.js';

/**
 * A transaction that accepts statements until it is closed.
 *
 * @internal
 */
export class OpenTransaction implements LeadershipTransaction {
  readonly #send: Send;
  #statements: Promise<unknown> = Promise.resolve();
  #over = false;
  #refusal: TransactionError | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Why it must not be committed, regardless of the outcome of its statements. */
  get refusal(): TransactionError | undefined {
    return this.#refusal;
  }

  // An arrow function, so that it can be destructured: `transaction(({ query }) => …)`.
  readonly query = async <Row>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<TransactionResult<Row>> => {
    if (typeof text !== 'string') throw new TypeError('A statement must be a string');
    if (controlsTransaction(text)) throw (this.#refusal ??= controlRefused(text));
    const result = this.#statements.then(async () => {
      // A queued statement must not be sent after the end of the transaction.
      if (this.#over) throw new TransactionError('The transaction is over', 'rolled back');
      return orThrow(await this.#send((connection) => connection.query(text, values)));
    });
    this.#statements = result.catch(() => undefined);
    const { rows, rowCount } = await result;
    return { rows: rows as Row[], rowCount };
  };

  /**
   * Accepts no more statements. A statement that was already sent belongs to the transaction, even if it is not
   * awaited.
   */
  readonly close = (): void => {
    this.#over = true;
  };
}

function controlRefused(statement: string): TransactionError {
  return new TransactionError(
    `transaction() begins and ends the transaction itself, so "${statement.trim().slice(0, 40)}" is not allowed in it. The ` +
      'transaction is rolled back. For a part that may fail, use SAVEPOINT and ROLLBACK TO',
    'rolled back',
  );
}

/** @internal */
export function orThrow(answer: Answer): Exclude<Answer, { error: Error }> {
  if ('error' in answer) throw answer.error;
  return answer;
}

/** A fenced transaction (`leadership.transaction()`) failed. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError';

  constructor(
    message: string,
    /** `rolled back`: nothing was committed. `unknown`: the connection was lost during the commit. */
    readonly outcome: 'rolled back' | 'unknown',
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}
