import type { Instant } from '../time/clock.js';

/**
 * A session as the server sees it. A process of the server may serve another session later, of a pooler's other client or
 * of another instance. So a session also holds an advisory lock with a key of its own, the token: who holds it is that
 * session, and no other.
 */
export interface SessionIdentity {
  readonly pid: number;
  readonly token: bigint;
}

/**
 * The life of a session. The server ends one that has been silent for `leaseDuration`, and frees its locks.
 *
 * @internal
 */
export interface SessionControl {
  readonly identity: SessionIdentity;
  /** When the first statement that the server answered was sent. */
  readonly confirmedAt: Instant;
  /**
   * Whether the server had another session when this one was set up that is perhaps of an instance with the same name. It may be
   * one of another name, or one that is dead.
   */
  readonly hasNamesake: boolean;
  /** Shows the server that the session is in use, and this instance that it lives. */
  heartbeat(): Promise<void>;
  /** Ends an earlier session of this instance, if the server still has it. */
  terminate(session: SessionIdentity): Promise<void>;
  /** Called once, when the connection is gone for any reason other than `destroy` or `end`. */
  onClose(listener: (cause: Error) => void): void;
  /** Drops the connection at once, without a word to the server; statements under way reject. */
  destroy(): void;
  /** Says goodbye to the server and closes. Resolves when closed, and never rejects. */
  end(): Promise<void>;
}
