import { setMaxListeners } from 'node:events';

/**
 * Why a leadership ended. The first three are the Go package's.
 * - `shutdown`: this instance is being stopped
 * - `conn_lost`: the session that held the lock is gone
 * - `error`: `onElected` failed
 * - `resigned`: asked to
 * - `lease_expired`: the lease could not be confirmed before `renewDeadline`
 */
export type LossReason = 'shutdown' | 'conn_lost' | 'error' | 'resigned' | 'lease_expired';

/** What a term's `signal` is aborted with. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';

  constructor(
    readonly election: string,
    readonly term: bigint,
    readonly reason: LossReason,
  ) {
    super(`The leadership of "${election}" in term ${term} is over (${reason})`);
  }
}

/** One uninterrupted leadership of this instance. */
export interface Leadership {
  /** The election's name. */
  readonly election: string;
  /**
   * The fencing token: greater than that of every earlier leadership of this election. A resource outside PostgreSQL
   * that remembers the greatest term it has seen can refuse a write of an older one.
   */
  readonly term: bigint;
  readonly since: Date;
  /** Aborted, with a {@link LeadershipLostError}, in the moment in which this leadership ends. */
  readonly signal: AbortSignal;
}

/**
 * A leadership with its end in hand.
 *
 * @internal
 */
export class Term implements Leadership {
  readonly #abort = new AbortController();
  #lost: LossReason | undefined;

  constructor(
    readonly election: string,
    readonly term: bigint,
    readonly since: Date,
  ) {
    // A leader may start any number of duties, each of which listens.
    setMaxListeners(0, this.#abort.signal);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why it ended, or undefined while it lasts. */
  get lost(): LossReason | undefined {
    return this.#lost;
  }

  /** Ends the leadership, for the first reason that comes; false when it had ended before. */
  end(reason: LossReason): boolean {
    if (this.#lost !== undefined) return false;
    this.#lost = reason;
    this.#abort.abort(new LeadershipLostError(this.election, this.term, reason));
    return true;
  }
}
