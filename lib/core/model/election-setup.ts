import type { ElectionLogger } from '../common/logger.js';
import type { Clock } from '../time/clock.js';
import type { Random } from '../time/jitter.js';
import type { LeaderInfo } from './instance-report.js';
import type { Leadership, LossReason } from './leadership.js';
import type { Takeover } from './takeover.js';
import type { Timings } from './timings.js';

/** The two advisory locks of an election: the leader holds the first, the one heir the second. */
export interface ElectionKeys {
  readonly lock: bigint;
  readonly heir: bigint;
}

/**
 * What one instance brings to an election.
 *
 * @internal
 */
export interface ElectionSetup {
  readonly name: string;
  /** Its number, where it is one of a set of partitions. */
  readonly partition?: number | undefined;
  readonly keys: ElectionKeys;
  /** False: observe, never lead. */
  readonly candidate: boolean;
  /** This instance, as it introduces itself when it leads. */
  readonly self: LeaderInfo;
  readonly takeover: Takeover;
  /** Whether electors written elsewhere may contend for the same key. */
  readonly sharesKey?: boolean;
  readonly timings: Timings;
  readonly duties: Duties;
  readonly logger: ElectionLogger;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * What a leader does. The election starts and stops it, and knows no more about it.
 *
 * @internal
 */
export interface Duties {
  /**
   * Starts the duties of a term. `heartbeatNow` is called when a duty begins that a successor would have to catch up on. A
   * rejection means that this instance can't lead: it steps down with `error`.
   */
  start(leadership: Leadership, heartbeatNow: () => void): Promise<void>;
  /**
   * Ends the duties of a term. Whatever can be stopped at once is stopped before this returns; the promise resolves
   * when everything has really ended, and never rejects.
   *
   * @param hurry aborts when half of the time for stopping is gone: whatever waits for its turn to be stopped is stopped
   *   at once, since the lock is released at the end of that time
   */
  stop(leadership: Leadership, reason: LossReason, hurry: AbortSignal): Promise<void>;
  /**
   * The first moment after `seenAt` at which a duty is due that a successor has to catch up on, both in wall clock
   * milliseconds; undefined when there is none. Left out: there never is.
   */
  nextDue?(seenAt: number): number | undefined;
  /** Names what `stop` is still waiting for. */
  unfinished(leadership: Leadership): readonly string[];
}
