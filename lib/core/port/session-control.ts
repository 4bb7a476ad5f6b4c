import type { Instant } from '../time/clock.js';

/**
 * Identifies a session on the server. The PID is not enough: a backend may later serve another session (of another
 * client of a pooler), and PIDs are reused. So a session also holds an advisory lock with a unique key, the token. Only
 * that session holds it.
 */
export interface SessionIdentity {
  readonly pid: number;
  readonly token: bigint;
}

/**
 * Controls a session. The server ends a session that has been silent for `leaseDuration`, and frees its locks.
 *
 * @internal
 */
export interface SessionControl {
  readonly identity: SessionIdentity;
  /** When the first statement that the server answered was sent. */
  readonly confirmedAt: Instant;
  /**
   * Whether the server listed another session, possibly of an instance with the same ID, when this one was set up. That
   * session may be dead or, rarely, have another ID.
   */
  readonly hasNamesake: boolean;
  /** Shows the server that the session is in use, and confirms to this instance that it is alive. */
  heartbeat(): Promise<void>;
  /** Terminates an earlier session of this instance, if the server still has it. */
  terminate(session: SessionIdentity): Promise<void>;
  /** Sets the listener, which is called once if the connection closes for any reason other than `destroy` or `end`. */
  onClose(listener: (cause: Error) => void): void;
  /** Drops the connection at once, without notifying the server. Pending statements reject. */
  destroy(): void;
  /** Terminates the session in an orderly way. Resolves when the connection is closed, and never rejects. */
  end(): Promise<void>;
}
