import { setMaxListeners } from 'node:events';
import type { ElectionLogger } from '../common/logger.js';
import { stackOf, stringOf } from '../common/thrown.js';
import type { Duties } from '../model/election-setup.js';
import {
  LeadershipLostError,
  type Leadership,
  type LeadershipTransaction,
  type LossReason,
} from '../model/leadership.js';
import type { Timings } from '../model/timings.js';
import type { Session } from '../session/session.js';
import type { Clock } from '../time/clock.js';
import { deferred, sleep } from '../time/wait.js';

/** Runs the transactions of a term. */
export type TransactionRunner = <T>(
  leadership: TermLeadership,
  work: (transaction: LeadershipTransaction) => T | Promise<T>,
) => Promise<T>;

/**
 * A leadership that its owner can end. Duties receive the same object, so it is immutable: it is frozen, and its dates
 * are returned as copies.
 *
 * @internal
 */
export class TermLeadership implements Leadership {
  readonly #abort = new AbortController();
  readonly #since: number;
  readonly #predecessorSeenAt: number | undefined;
  readonly #run: TransactionRunner;
  #lost: LossReason | undefined;

  constructor(
    readonly election: string,
    readonly term: bigint,
    since: Date,
    run: TransactionRunner,
    predecessorSeenAt?: Date,
    readonly partition?: number,
  ) {
    this.#since = since.getTime();
    this.#predecessorSeenAt = predecessorSeenAt?.getTime();
    this.#run = run;
    // Any number of duties may listen to the signal.
    setMaxListeners(0, this.#abort.signal);
    Object.freeze(this);
  }

  get since(): Date {
    return new Date(this.#since);
  }

  get predecessorSeenAt(): Date | undefined {
    return this.#predecessorSeenAt === undefined ? undefined : new Date(this.#predecessorSeenAt);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  transaction<T>(work: (transaction: LeadershipTransaction) => T | Promise<T>): Promise<T> {
    return this.#run(this, work);
  }

  toJSON(): object {
    const { election, partition, since, predecessorSeenAt } = this;
    return { election, partition, term: String(this.term), since, predecessorSeenAt };
  }

  /** Why the leadership ended; undefined while it lasts. */
  get lost(): LossReason | undefined {
    return this.#lost;
  }

  /** Ends the leadership. Only the first reason counts: returns false if it had already ended. */
  end(reason: LossReason): boolean {
    if (this.#lost !== undefined) return false;
    this.#lost = reason;
    this.#abort.abort(new LeadershipLostError(this.election, this.term, reason));
    return true;
  }
}

interface TermSetup {
  readonly name: string;
  readonly clock: Clock;
  readonly duties: Duties;
  readonly logger: ElectionLogger;
  readonly timings: Timings;
}

/**
 * A term of this instance, from the election to the release of the lock.
 *
 * @internal
 */
export class Term {
  readonly released = deferred();
  /** In monotonic milliseconds. */
  readonly beganAt: number;
  /** The named successor, if any. */
  successor: string | undefined;
  /** Resolves when the stepping-down announcement was sent, if there is one. The lock is released after that. */
  announced: Promise<void> = Promise.resolve();
  readonly #setup: TermSetup;
  #stopping: Promise<'ended' | 'failed'> = Promise.resolve('ended');
  #servedUntil = Infinity;

  constructor(
    readonly leadership: TermLeadership,
    readonly session: Session,
    setup: TermSetup,
  ) {
    this.#setup = setup;
    this.beganAt = setup.clock.now().monotonic;
  }

  get lasts(): boolean {
    return this.leadership.lost === undefined;
  }

  /** Whether this instance leads with a confirmed lease at the time of the call. */
  get isConfirmed(): boolean {
    return this.lasts && this.session.isConfirmed;
  }

  /** When the duties stopped being served, in wall clock milliseconds. */
  get servedUntil(): number {
    return this.#servedUntil;
  }

  /** Ends the leadership at once and starts stopping the duties. Returns false if it had already ended. */
  end(reason: LossReason): boolean {
    const { leadership } = this;
    if (!leadership.end(reason)) return false; // From here on, `isLeader` is false and the signal is aborted.
    const { clock, logger, name } = this.#setup;
    // With an unconfirmed lease, the process may not have been running since the last confirmation.
    const { isConfirmed, confirmedAt } = this.session.lease;
    this.#servedUntil = isConfirmed ? clock.now().wall : confirmedAt.wall;
    this.#stopping = this.#stop(reason);
    logger.log(`No longer leading "${name}": term ${leadership.term} is over (${reason})`);
    return true;
  }

  /** Stops the duties in order during the first half of `stopTimeout`; after that, stops the rest at once. */
  async #stop(reason: LossReason): Promise<'ended' | 'failed'> {
    const { clock, duties, logger, name, timings } = this.#setup;
    const hurry = new AbortController();
    const inTime = clock.after(
      timings.stopTimeout / 2,
      () => {
        hurry.abort();
      },
      { keepsProcessAlive: true },
    );
    try {
      await duties.stop(this.leadership, reason, hurry.signal);
      return 'ended';
    } catch (error) {
      logger.error(`Stopping the duties of "${name}" failed: ${stringOf(error)}`, stackOf(error));
      return 'failed';
    } finally {
      inTime();
    }
  }

  /** Waits up to `stopTimeout` for the duties to end. `ended` is false unless they certainly have. */
  async drain(): Promise<{ ended: boolean; unfinished: readonly string[] }> {
    const { clock, duties, logger, name, timings } = this.#setup;
    const enough = new AbortController();
    const timeUp = sleep(clock, timings.stopTimeout, enough.signal, { keepsProcessAlive: true });
    const outcome = await Promise.race([this.#stopping, timeUp.then(() => 'abandoned' as const)]);
    enough.abort();
    if (outcome === 'ended') return { ended: true, unfinished: [] };
    const unfinished = duties.unfinished(this.leadership);
    if (outcome === 'abandoned') {
      logger.warn(
        `"${name}": abandoned after ${timings.stopTimeout} ms (stopTimeout), still running: ${unfinished.join(', ')}`,
      );
    }
    return { ended: false, unfinished };
  }
}
