import type { Send } from './session.js';
import { TransactionError } from './transaction.error.js';
import { orThrow, type LeadershipTransaction, type TransactionResult } from './transaction.js';

/**
 * A transaction that takes statements, until it is closed.
 *
 * @internal
 */
export class OpenTransaction implements LeadershipTransaction {
  readonly #send: Send;
  #statements: Promise<unknown> = Promise.resolve();
  #over = false;

  constructor(send: Send) {
    this.#send = send;
  }

  get isOver(): boolean {
    return this.#over;
  }

  // An arrow, so that it can be taken out of its object: `transaction(({ query }) => …)`.
  readonly query = async <Row>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<TransactionResult<Row>> => {
    if (typeof text !== 'string') throw new TypeError('A statement must be a text');
    const result = this.#statements.then(async () => {
      // One that waited for its turn must not be sent when there is nothing left that it could belong to.
      if (this.#over) throw new TransactionError('The transaction is over', 'rolled back');
      return orThrow(await this.#send((connection) => connection.query(text, values)));
    });
    this.#statements = result.catch(() => undefined);
    const { rows, rowCount } = await result;
    return { rows: rows as Row[], rowCount };
  };

  /** Takes no more statements, and waits for the one under way. */
  async close(): Promise<void> {
    this.#over = true;
    await this.#statements;
  }
}
