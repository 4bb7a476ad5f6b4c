import type { LeaderInfo } from './instance-report.js';
import type { Leadership, LossReason } from './leadership.js';

/**
 * What happens in an election, as this instance sees it, in the order in which it happens. `election` is the election's
 * name, `at` the moment by the clock of this instance, and `leadership` the one that begins, changes or ends.
 */
export type LeaderElectionEvent =
  /** This instance leads. */
  | {
      readonly type: 'elected';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
      /**
       * For how many milliseconds, at the most, the lock was free or not yet led on; undefined where this instance has not
       * seen it taken before.
       */
      readonly gap?: number | undefined;
    }
  /** This instance no longer leads; its duties are being stopped. */
  | {
      readonly type: 'demoted';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
      readonly reason: LossReason;
    }
  /** The duties of the term that ended have stopped, or were abandoned; the lock is free for others. */
  | {
      readonly type: 'released';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
      /** What was still running after `stopTimeout`. */
      readonly abandoned: readonly string[];
    }
  /** This instance leads, but its lease is unconfirmed at the moment, so `isLeader` is false. */
  | {
      readonly type: 'lease-unconfirmed';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
    }
  /** The same session has answered: `isLeader` is true again. */
  | {
      readonly type: 'lease-confirmed';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
    }
  /** Another instance leads, or this one, or it is unknown which. */
  | {
      readonly type: 'leader-changed';
      readonly election: string;
      readonly at: Date;
      readonly leader: LeaderInfo | undefined;
    }
  /** The connection to the database is gone, or a first attempt failed. */
  | {
      readonly type: 'connection-lost';
      readonly election: string;
      readonly at: Date;
      readonly error: Error;
    }
  /**
   * This instance is in reserve from now on (option `maxCandidates`): all places are taken, so it has no connection, and looks in
   * every `reserveInterval`. Not for elections that it only observes.
   */
  | { readonly type: 'reserve-entered'; readonly election: string; readonly at: Date }
  /** This instance has taken a place, and contends from now on. */
  | { readonly type: 'reserve-left'; readonly election: string; readonly at: Date }
  /** There is a connection (again). */
  | { readonly type: 'connection-restored'; readonly election: string; readonly at: Date };
