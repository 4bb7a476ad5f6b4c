/**
 * Why a leadership ended. The first three are the Go package's.
 * - `shutdown`: this instance is being stopped
 * - `conn_lost`: the session that held the lock is gone
 * - `error`: `onElected` failed
 * - `resigned`: asked to
 * - `lease_expired`: the lease could not be confirmed before `renewDeadline`
 */
export type LossReason = 'shutdown' | 'conn_lost' | 'error' | 'resigned' | 'lease_expired';

/** All of them. @internal */
export const LOSS_REASONS = Object.keys({
  shutdown: 0,
  conn_lost: 0,
  error: 0,
  resigned: 0,
  lease_expired: 0,
} satisfies Record<LossReason, 0>) as LossReason[];

/** What a term's `signal` is aborted with. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';

  constructor(
    /** The election's name. */
    readonly election: string,
    /** The term that is over. */
    readonly term: bigint,
    /** Why it is over. */
    readonly reason: LossReason,
  ) {
    super(`The leadership of "${election}" in term ${term} is over (${reason})`);
  }
}

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
   * cancels it in time. What it changes in the session, beside the data, lasts until the end of the transaction. No `BEGIN`,
   * `COMMIT` or `ROLLBACK`, but `SAVEPOINT` and `ROLLBACK TO`.
   *
   * @throws the database's error; TypeError when `text` is not a string; {@link TransactionError} when the transaction is over,
   *   or the statement would begin or end one: then nothing is committed
   */
  readonly query: <Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ) => Promise<TransactionResult<Row>>;
}

/** One uninterrupted leadership of this instance. As JSON, the term is a string. */
export interface Leadership {
  /** The election's name. */
  readonly election: string;
  /** The number of the partition, where the election is one of a set (`partitions()`). */
  readonly partition?: number | undefined;
  /**
   * The fencing token: greater than that of every earlier leadership of this election. A resource outside PostgreSQL
   * that remembers the greatest term it has seen can refuse a write of an older one.
   */
  readonly term: bigint;
  /** When this instance began to lead, by its own clock. */
  readonly since: Date;
  /**
   * When the previous leader was last known to be alive, by the clock of this instance; undefined where nothing is known
   * of one. Nobody may have led between this moment and `since`.
   */
  readonly predecessorSeenAt?: Date | undefined;
  /**
   * Aborted, with a {@link LeadershipLostError}, in the moment in which this leadership ends. A listener that throws ends the
   * process, as Node does for every event listener.
   */
  readonly signal: AbortSignal;
  /**
   * Runs `work` in a transaction that can only commit while this leadership holds the lock, and resolves with its result.
   * When `work` throws, or the leadership ends, nothing is committed. Keep it short: the other elections of this
   * application share the connection. One statement may take 0.8 × (`renewDeadline` − `heartbeatInterval`), with the defaults
   * 4,000 ms; the whole, `leaseDuration`. What the statements change in the session, beside the data, lasts until the end of
   * the transaction.
   *
   * @throws what `work` throws, and the database's error when what was deferred to the commit fails;
   *   {@link LeadershipLostError} when the leadership is over before the commit; {@link TransactionError} when it is begun inside
   *   another, when a statement had failed or would have ended the transaction, when one has changed a setting by which the server
   *   ends sessions, or freed the lock (which ends the leadership), when it takes longer than `leaseDuration`, or when the
   *   connection is lost during the commit
   */
  transaction<T>(work: (transaction: LeadershipTransaction) => T | Promise<T>): Promise<T>;
}
