import type { LeadershipTransaction, TransactionResult } from '../model/leadership.js';
import type { Answer } from '../port/transactions.js';
import type { Send } from './shared-statements.js';
import { controlsTransaction } from './transaction-control.js';

/**
 * A transaction that takes statements, until it is closed.
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

  /** Why it must not be committed, whatever became of the statements that were sent. */
  get refusal(): TransactionError | undefined {
    return this.#refusal;
  }

  // An arrow, so that it can be taken out of its object: `transaction(({ query }) => …)`.
  readonly query = async <Row>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<TransactionResult<Row>> => {
    if (typeof text !== 'string') throw new TypeError('A statement must be a string');
    if (controlsTransaction(text)) throw (this.#refusal ??= controlRefused(text));
    const result = this.#statements.then(async () => {
      // One that waited for its turn must not be sent when there is nothing left that it could belong to.
      if (this.#over) throw new TransactionError('The transaction is over', 'rolled back');
      return orThrow(await this.#send((connection) => connection.query(text, values)));
    });
    this.#statements = result.catch(() => undefined);
    const { rows, rowCount } = await result;
    return { rows: rows as Row[], rowCount };
  };

  /** Takes no more statements. One that was sent already belongs to the transaction, whether anybody awaits it or not. */
  readonly close = (): void => {
    this.#over = true;
  };
}

function controlRefused(statement: string): TransactionError {
  return new TransactionError(
    `A fenced transaction is begun and ended by transaction() itself, and takes no "${statement.trim().slice(0, 40)}". It is ` +
      'rolled back; for a part that may fail, use SAVEPOINT and ROLLBACK TO',
    'rolled back',
  );
}

/** @internal */
export function orThrow(answer: Answer): Exclude<Answer, { error: Error }> {
  if ('error' in answer) throw answer.error;
  return answer;
}

/** A fenced transaction could not be carried out. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError';

  constructor(
    message: string,
    /** Whether anything was committed: `rolled back` is nothing; `unknown`, when the connection was lost during the commit. */
    readonly outcome: 'rolled back' | 'unknown',
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}
