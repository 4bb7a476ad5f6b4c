import type { ElectionLogger } from '../common/logger.js';
import type { Clock } from '../time/clock.js';
import type { Random } from '../time/jitter.js';
import type { LeaderInfo } from './instance-report.js';
import type { Leadership, LossReason } from './leadership.js';
import type { Takeover } from './takeover.js';
import type { Timings } from './timings.js';

/** The keys of the two advisory locks of an election: the leader holds `lock`, the heir holds `heir`. */
export interface ElectionKeys {
  readonly lock: bigint;
  readonly heir: bigint;
}

/**
 * What an instance needs to take part in an election.
 *
 * @internal
 */
export interface ElectionSetup {
  readonly name: string;
  /** Its number, if the election is one of a set of partitions. */
  readonly partition?: number | undefined;
  readonly keys: ElectionKeys;
  /** False: this instance observes and never leads. */
  readonly candidate: boolean;
  /** What this instance announces about itself when it leads. */
  readonly self: LeaderInfo;
  readonly takeover: Takeover;
  /** Whether other software may contend for the same key. */
  readonly sharesKey?: boolean;
  readonly timings: Timings;
  readonly duties: Duties;
  readonly logger: ElectionLogger;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * What a leader does. The election only starts and stops it.
 *
 * @internal
 */
export interface Duties {
  /**
   * Starts the duties of a term. Calls `heartbeatNow` when a duty begins that a successor would have to catch up on. If
   * the promise rejects, this instance can't lead: it steps down with the reason `error`.
   */
  start(leadership: Leadership, heartbeatNow: () => void): Promise<void>;
  /**
   * Stops the duties of a term. What can stop at once stops before this returns; the promise resolves when everything
   * has ended, and never rejects.
   *
   * @param hurry aborts after half of `stopTimeout`: duties still waiting for their turn are then stopped at once,
   *   because the lock is released when `stopTimeout` has passed
   */
  stop(leadership: Leadership, reason: LossReason, hurry: AbortSignal): Promise<void>;
  /**
   * The first moment after `seenAt` at which a duty is due that a successor has to catch up on; undefined if there is
   * none. Both are in wall clock milliseconds. If the method is missing, nothing needs catching up.
   */
  nextDue?(seenAt: number): number | undefined;
  /** The names of what `stop` is still waiting for. */
  unfinished(leadership: Leadership): readonly string[];
}
