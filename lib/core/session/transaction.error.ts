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
