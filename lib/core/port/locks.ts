import type { Announcement } from '../model/announcement.js';

/** A try for the lock of an election and, if that is taken and `heir` is set, for its heir lock. */
export interface LockTry {
  readonly lock: bigint;
  readonly heir?: bigint | undefined;
}

/** The lock that a try was granted, if any. */
export type Granted = 'lock' | 'heir' | undefined;

/** The session that holds a lock. */
export interface Holder {
  /** The PID of its backend. */
  readonly pid: number;
  /** How long it has been silent, in milliseconds; undefined if this role is not allowed to see that. */
  readonly silence: number | undefined;
}

/**
 * Exclusive locks, which a session holds until it frees them or ends.
 *
 * @internal
 */
export interface Locks {
  /** Tries locks without waiting, in one statement. The answers are in the order of the tries. */
  tryLocks(tries: readonly LockTry[]): Promise<Granted[]>;
  /** Takes the first of the locks that is free, and no other, in one statement. Undefined if none is free. */
  takeOne(locks: readonly bigint[]): Promise<bigint | undefined>;
  /** Returns the holder of each lock, in the same order; undefined for a free lock. */
  holders(locks: readonly bigint[]): Promise<(Holder | undefined)[]>;
  /** Frees the locks that this session holds, in one statement. */
  unlock(locks: readonly bigint[]): Promise<void>;
  /**
   * Frees locks and sends announcements in one statement. False if the announcements fail: the locks may still be held
   * then.
   */
  unlockAndAnnounce(
    locks: readonly bigint[],
    announcements: readonly Announcement[],
  ): Promise<boolean>;
  /**
   * Draws a number for each lock that is greater than every earlier term of its election, in one statement. Rejects if
   * the server does not list all locks as held by this session: its locks are not reliable then.
   */
  drawTerms(locks: readonly bigint[]): Promise<bigint[]>;
  /**
   * Draws terms and sends announcements in one statement. Undefined if the announcements fail: nothing was drawn then.
   */
  drawTermsAndAnnounce(
    locks: readonly bigint[],
    announcements: readonly Announcement[],
  ): Promise<bigint[] | undefined>;
}
