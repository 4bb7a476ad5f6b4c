/** What an election needs of a server: PostgreSQL's answers, a version, settings that are taken, locks that exclude. */
export type ServerRequirement = 'answers' | 'version' | 'settings' | 'locks';

/** The server can't hold an election: it is too old, or not PostgreSQL. */
export class UnsupportedServerError extends Error {
  override readonly name = 'UnsupportedServerError';
  /** No retry can heal it. */
  readonly permanent = true;

  constructor(
    message: string,
    /** What the server lacks. */
    readonly lacks: ServerRequirement,
  ) {
    super(message);
  }
}

/**
 * Between this instance and the server stands a connection pooler. In transaction mode it gives the server's session, and
 * the lock with it, to somebody else after every statement.
 */
export class PoolerDetectedError extends Error {
  override readonly name = 'PoolerDetectedError';
  /** No retry can heal it. */
  readonly permanent = true;
}

/**
 * The server is a hot standby. It grants advisory locks too, and they exclude nobody on the primary. Retried, because a
 * failover may be under way.
 */
export class NotPrimaryError extends Error {
  override readonly name = 'NotPrimaryError';
  /** It may pass by itself. */
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
