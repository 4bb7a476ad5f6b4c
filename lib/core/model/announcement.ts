import type { LeaderInfo } from './instance-report.js';
import type { Takeover } from './takeover.js';

/**
 * The messages that instances exchange. Announcements are hints: everything works without them, only slower, and none
 * is taken as proof that its sender holds the lock.
 *
 * @internal
 */
export type Announcement =
  /**
   * The sender has acquired the lock and may lead soon. Sent with the statement that draws the term, so before it
   * leads.
   */
  | {
      readonly type: 'acquired';
      readonly key: bigint;
      readonly instanceId: string;
      /** The token of its session (`SessionIdentity`). */
      readonly token?: bigint;
      readonly takeover?: Takeover;
    }
  /** The sender has begun a new term. */
  | {
      readonly type: 'elected';
      readonly key: bigint;
      readonly leader: LeaderInfo;
      readonly takeover?: Takeover;
    }
  /** A leader answers `who-leads`. */
  | {
      readonly type: 'leading';
      readonly key: bigint;
      readonly leader: LeaderInfo;
      /** The token of its session (`SessionIdentity`). */
      readonly token?: bigint;
      readonly takeover?: Takeover;
    }
  /** A leader has begun to stop its duties; it still holds the lock. */
  | {
      readonly type: 'stepping-down';
      readonly key: bigint;
      readonly instanceId: string;
      readonly servedUntil: number;
      /** The named successor, if any. */
      readonly successor?: string;
    }
  /** A leader has just released the lock. */
  | {
      readonly type: 'resigned';
      readonly key: bigint;
      readonly instanceId: string;
      /**
       * When it began to stop its duties, in milliseconds since 1970 by its own clock, which also scheduled its jobs.
       */
      readonly servedUntil?: number;
      /** The named successor, if any. */
      readonly successor?: string;
    }
  /** Asks a leader to step down, in favour of a named successor or of any instance. */
  | {
      readonly type: 'resign-request';
      readonly key: bigint;
      /** The instance that is asked. */
      readonly instanceId: string;
      readonly successor?: string;
    }
  /** An instance tells others with the same instanceId where it runs. Normally there are none. */
  | {
      readonly type: 'same-name';
      readonly instanceId: string;
      readonly host: string;
      /** Its process ID on that host. */
      readonly process: number;
    }
  /** An instance that stops has freed its place (option `maxCandidates`). */
  | { readonly type: 'place-free'; readonly key: bigint }
  /** A new instance asks who leads; leaders answer with `leading`, to all instances. */
  | { readonly type: 'who-leads' }
  /** The command line asks which instances exist; every instance answers with a report, on a separate channel. */
  | { readonly type: 'roll-call' };
