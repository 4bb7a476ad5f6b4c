import type { LeaderInfo } from './instance-report.js';
import type { Leadership, LossReason } from './leadership.js';

/**
 * An event of an election, as this instance sees it. Events are emitted in order. `election` is the name of the election,
 * `at` the time by the clock of this instance, and `leadership` the one that begins, changes or ends.
 */
export type LeaderElectionEvent =
  /** This instance has become leader. */
  | {
      readonly type: 'elected';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
      /**
       * An upper bound of the time without a leader, in milliseconds; undefined if this instance had not seen the lock
       * taken before.
       */
      readonly gap?: number | undefined;
    }
  /** This instance no longer leads and stops its duties. */
  | {
      readonly type: 'demoted';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
      readonly reason: LossReason;
    }
  /** The duties of the ended term have stopped or were abandoned, and the lock is free. */
  | {
      readonly type: 'released';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
      /** The names of the duties that were still running after `stopTimeout`. */
      readonly abandoned: readonly string[];
    }
  /** This instance still leads, but its lease is unconfirmed, so `isLeader` is false. */
  | {
      readonly type: 'lease-unconfirmed';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
    }
  /** The lease is confirmed again by the same session: `isLeader` is true again. */
  | {
      readonly type: 'lease-confirmed';
      readonly election: string;
      readonly at: Date;
      readonly leadership: Leadership;
    }
  /** The leader has changed: it is this instance, another one or unknown. */
  | {
      readonly type: 'leader-changed';
      readonly election: string;
      readonly at: Date;
      readonly leader: LeaderInfo | undefined;
    }
  /** The connection to the database was lost, or the first attempt to connect failed. */
  | {
      readonly type: 'connection-lost';
      readonly election: string;
      readonly at: Date;
      readonly error: Error;
    }
  /**
   * This instance has entered the reserve (option `maxCandidates`): all places are taken, so it has no connection and
   * checks in every `reserveInterval`. Not emitted for elections that it only observes.
   */
  | { readonly type: 'reserve-entered'; readonly election: string; readonly at: Date }
  /** This instance has left the reserve: it has taken a place and contends. */
  | { readonly type: 'reserve-left'; readonly election: string; readonly at: Date }
  /** The connection to the database is established. */
  | { readonly type: 'connection-restored'; readonly election: string; readonly at: Date };
