/** What an election needs: a server that answers like PostgreSQL, a supported version, its settings, exclusive locks. */
export type ServerRequirement = 'answers' | 'version' | 'settings' | 'locks';

/** The server can't be used for elections: it is too old, or it is not PostgreSQL. */
export class UnsupportedServerError extends Error {
  override readonly name = 'UnsupportedServerError';
  /** Retrying can't help. */
  readonly permanent = true;

  constructor(
    message: string,
    /** The requirement that the server does not meet. */
    readonly lacks: ServerRequirement,
  ) {
    super(message);
  }
}

/**
 * The connection goes through a connection pooler. In transaction mode, a pooler assigns the server's session, together
 * with the lock, to another client after each transaction.
 */
export class PoolerDetectedError extends Error {
  override readonly name = 'PoolerDetectedError';
  /** Retrying can't help. */
  readonly permanent = true;
}

/**
 * The server is a hot standby. It grants advisory locks too, but they have no effect on the primary. Retried, because a
 * failover may be in progress.
 */
export class NotPrimaryError extends Error {
  override readonly name = 'NotPrimaryError';
  /** Retrying may help. */
  readonly permanent = false;
}

/** @internal */
export function isPreflightError(error: unknown): error is Error {
  return (
    error instanceof UnsupportedServerError ||
    error instanceof PoolerDetectedError ||
    error instanceof NotPrimaryError
  );
}
