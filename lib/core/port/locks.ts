import type { Announcement } from '../model/announcement.js';

/** A try for an election's lock and, where that is taken and `heir` given, for its heir's lock. */
export interface LockTry {
  readonly lock: bigint;
  readonly heir?: bigint | undefined;
}

/** Which of the two a try has got. */
export type Granted = 'lock' | 'heir' | undefined;

/** Who holds a lock. */
export interface Holder {
  /** The server's process. */
  readonly pid: number;
  /** For how many milliseconds its session has sent nothing; undefined where this role may not see that. */
  readonly silence: number | undefined;
}

/**
 * Locks that a session holds until it frees them or ends: only one session holds one at a time.
 *
 * @internal
 */
export interface Locks {
  /** Tries locks without waiting, in one statement; the answers stand in the order of the tries. */
  tryLocks(tries: readonly LockTry[]): Promise<Granted[]>;
  /** Takes one of the locks that is free, in one statement: the first in their order, and no other. Undefined: none is. */
  takeOne(locks: readonly bigint[]): Promise<bigint | undefined>;
  /** Who holds each of the locks, in their order; undefined where nobody does. */
  holders(locks: readonly bigint[]): Promise<(Holder | undefined)[]>;
  /** Frees those of the locks that are ours, in one statement. */
  unlock(locks: readonly bigint[]): Promise<void>;
  /** The same and announcements, in one statement; false when they can't be made: then the locks may still be ours. */
  unlockAndAnnounce(
    locks: readonly bigint[],
    announcements: readonly Announcement[],
  ): Promise<boolean>;
  /**
   * Draws for each lock a number that is greater than every earlier term of its election, in one statement. Rejects when the
   * server does not list all of the locks as ours: then its locks are not what they seem.
   */
  drawTerms(locks: readonly bigint[]): Promise<bigint[]>;
  /** The same and announcements, in one statement; undefined when they can't be made, and so nothing was drawn either. */
  drawTermsAndAnnounce(
    locks: readonly bigint[],
    announcements: readonly Announcement[],
  ): Promise<bigint[] | undefined>;
}
