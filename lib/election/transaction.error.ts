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
