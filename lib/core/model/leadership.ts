/**
 * Why a leadership ended.
 * - `shutdown`: this instance was stopped
 * - `conn_lost`: the session that held the lock was lost
 * - `error`: `onElected` failed
 * - `resigned`: this instance resigned, or was asked to
 * - `lease_expired`: the lease was not confirmed within `renewDeadline`
 */
export type LossReason = 'shutdown' | 'conn_lost' | 'error' | 'resigned' | 'lease_expired';

/** All loss reasons. @internal */
export const LOSS_REASONS = Object.keys({
  shutdown: 0,
  conn_lost: 0,
  error: 0,
  resigned: 0,
  lease_expired: 0,
} satisfies Record<LossReason, 0>) as LossReason[];

/** The abort reason of `leadership.signal`, and the error of a transaction whose leadership ended. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';

  constructor(
    /** The name of the election. */
    readonly election: string,
    /** The term that ended. */
    readonly term: bigint,
    /** Why it ended. */
    readonly reason: LossReason,
  ) {
    super(`The leadership of "${election}" in term ${term} is over (${reason})`);
  }
}

/** The result of a statement. */
export interface TransactionResult<Row> {
  /** The rows, as `pg` returns them. */
  readonly rows: Row[];
  /** The number of rows that the statement processed; null if the server does not report it. */
  readonly rowCount: number | null;
}

/** A transaction on the session that holds the election's lock. */
export interface LeadershipTransaction {
  /**
   * Runs one statement. No heartbeat can be sent in the meantime, so the server cancels a statement that takes too
   * long. Changes to the session state last until the end of the transaction. `SAVEPOINT` and `ROLLBACK TO` are
   * allowed; `BEGIN`, `COMMIT` and `ROLLBACK` are not.
   *
   * @throws the error of the database; TypeError when `text` is not a string; {@link TransactionError} when the
   *   transaction is over, or when the statement would begin or end a transaction (nothing is committed then)
   */
  readonly query: <Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ) => Promise<TransactionResult<Row>>;
}

/** One uninterrupted leadership of this instance. In JSON, the term is a string. */
export interface Leadership {
  /** The name of the election. */
  readonly election: string;
  /** The number of the partition, if the election is one of a set (`partitions()`). */
  readonly partition?: number | undefined;
  /**
   * The fencing token: greater than that of every earlier leadership of this election. A resource outside PostgreSQL
   * that stores the greatest term it has seen can reject writes with a lower one.
   */
  readonly term: bigint;
  /** When this instance began to lead, by its own clock. */
  readonly since: Date;
  /**
   * When the previous leader was last known to be alive, by the clock of this instance; undefined if no previous leader
   * is known. Between this time and `since`, possibly no instance led.
   */
  readonly predecessorSeenAt?: Date | undefined;
  /**
   * Aborts with a {@link LeadershipLostError} as soon as this leadership ends. If a listener throws, the process ends,
   * as with any event listener in Node.
   */
  readonly signal: AbortSignal;
  /**
   * Runs `work` in a transaction that can only commit while this leadership holds the lock, and resolves with the
   * result of `work`. If `work` throws or the leadership ends, nothing is committed. Keep transactions short: all
   * elections of this application share the connection. A statement may take 0.8 × (`renewDeadline` −
   * `heartbeatInterval`), by default 4,000 ms; the transaction may take `leaseDuration`. Changes to the session state
   * last until the end of the transaction.
   *
   * @throws what `work` throws; the error of the database when a deferred constraint fails; {@link LeadershipLostError}
   *   when the leadership ends before the commit; {@link TransactionError} when the transaction is started inside
   *   another one, a statement failed or would have ended it, a statement changed a setting that the lease depends on
   *   or released the lock (which ends the leadership), it takes longer than `leaseDuration`, or the connection is lost
   *   during the commit
   */
  transaction<T>(work: (transaction: LeadershipTransaction) => T | Promise<T>): Promise<T>;
}
