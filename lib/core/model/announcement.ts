import type { LeaderInfo } from './instance-report.js';
import type { Takeover } from './takeover.js';

/**
 * What instances tell each other. Announcements are hints: everything works without them, only slower, and none is
 * ever taken as proof of who holds the lock.
 *
 * @internal
 */
export type Announcement =
  /** Somebody holds the lock, and may lead soon. Sent with the drawing of the term, so before it leads. */
  | {
      readonly type: 'acquired';
      readonly key: bigint;
      readonly instanceId: string;
      /** The lock that its session holds for as long as it lives. */
      readonly token?: bigint;
      readonly takeover?: Takeover;
    }
  /** A new term has begun. */
  | {
      readonly type: 'elected';
      readonly key: bigint;
      readonly leader: LeaderInfo;
      readonly takeover?: Takeover;
    }
  /** A leader answers a newcomer. */
  | {
      readonly type: 'leading';
      readonly key: bigint;
      readonly leader: LeaderInfo;
      /** The lock that its session holds for as long as it lives. */
      readonly token?: bigint;
      readonly takeover?: Takeover;
    }
  /** A leader has begun to stop its duties; it still holds the lock. */
  | {
      readonly type: 'stepping-down';
      readonly key: bigint;
      readonly instanceId: string;
      readonly servedUntil: number;
      /** Who is to lead next, where that is decided. */
      readonly successor?: string;
    }
  /** The lock has just been released on purpose. */
  | {
      readonly type: 'resigned';
      readonly key: bigint;
      readonly instanceId: string;
      /**
       * When it began to stop its duties, in milliseconds since 1970 by its own clock: the clock by which its jobs ran.
       */
      readonly servedUntil?: number;
      /** Who is to lead next, where that was decided. */
      readonly successor?: string;
    }
  /** Somebody asks the leader to step down, for a certain successor or for anybody. */
  | {
      readonly type: 'resign-request';
      readonly key: bigint;
      /** Who is asked. */
      readonly instanceId: string;
      readonly successor?: string;
    }
  /** An instance says where it runs, to others that have its name. There should be none. */
  | {
      readonly type: 'same-name';
      readonly instanceId: string;
      readonly host: string;
      /** The number of its process there. */
      readonly process: number;
    }
  /** An instance that stops has freed its place among those that keep a session (option `maxCandidates`). */
  | { readonly type: 'place-free'; readonly key: bigint }
  /** A newcomer asks who leads; leaders answer, to everybody. */
  | { readonly type: 'who-leads' }
  /** Somebody asks who is there; every instance answers, to those who ask alone. */
  | { readonly type: 'roll-call' };
