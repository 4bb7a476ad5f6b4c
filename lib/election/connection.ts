import type { Announcement } from './announcement.js';
import type { Attendance } from './attendance.js';
import type { Instant } from './clock.js';

/** A connection as the server sees it; the start tells a process id from a later reuse of the same number. */
export interface BackendIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** What a server told about itself when the connection was set up; durations are in milliseconds, by its own clock. */
export interface ServerFacts {
  /** Since it started; never below 0. */
  readonly uptime: number;
  /** Whether it has replayed WAL since its start: a standby that was promoted, or a recovery after a crash. */
  readonly replayed: boolean;
  /** Since the last checkpoint on its current timeline; undefined when there is none. */
  readonly checkpointAge: number | undefined;
}

/** The two advisory locks of an election: the leader holds the first, the one heir the second. */
export interface ElectionKeys {
  readonly lock: bigint;
  readonly heir: bigint;
}

/** A try for an election's lock and, where that is taken and `heir` given, for its heir's lock. */
export interface LockTry {
  readonly lock: bigint;
  readonly heir?: bigint | undefined;
}

/** What a user's statement came to. An error of the statement is an answer too: it does not end the session. */
export type Answer =
  | { readonly command: string; readonly rows: unknown[]; readonly rowCount: number | null }
  | { readonly error: Error };

export type Granted = 'lock' | 'heir' | undefined;

/**
 * The port: what an election needs of one live connection. One statement is under way at a time; whoever calls sees to
 * that. A statement that the server refuses, or that can't be answered any more, rejects.
 *
 * @internal
 */
export interface Connection {
  readonly identity: BackendIdentity;
  readonly server: ServerFacts;
  /** When the first statement that the server answered was sent. */
  readonly confirmedAt: Instant;
  /** Shows the server that the session is in use, and this instance that it lives. */
  heartbeat(): Promise<void>;
  /** Tries locks without waiting, in one statement; the answers stand in the order of the tries. */
  tryLocks(tries: readonly LockTry[]): Promise<Granted[]>;
  /**
   * Draws a number that is greater than every earlier term; with an announcement, makes it in the same statement. Rejects
   * when the server does not list the lock as ours: then its locks are not what they seem.
   */
  drawTerm(lock: bigint, announcement?: Announcement): Promise<bigint>;
  /** The process of the server that holds the lock, if any does. */
  holderOf(lock: bigint): Promise<number | undefined>;
  /** For how many milliseconds the session that holds the lock has sent nothing; undefined where that can't be known. */
  silenceOfHolder(lock: bigint): Promise<number | undefined>;
  /** Frees a lock and makes an announcement, in one statement. */
  unlock(lock: bigint, announcement?: Announcement): Promise<void>;
  announce(announcements: readonly Announcement[]): Promise<void>;
  /** Answers a roll call, where only those listen who ask. */
  answerRollCall(attendance: Attendance): Promise<void>;
  /** Begins a transaction; `query`, `commit` and `rollback` belong to it. */
  begin(): Promise<Answer>;
  query(text: string, values: readonly unknown[]): Promise<Answer>;
  /** The answer's command is ROLLBACK where a statement of the transaction had failed. */
  commit(): Promise<Answer>;
  rollback(): Promise<Answer>;
  /** Ends an earlier connection of this instance, if the server still has it. */
  terminate(ghost: BackendIdentity): Promise<void>;
  /** `sender` is the process of the server that sent it; the server itself says so. */
  onAnnouncement(listener: (announcement: Announcement, sender: number) => void): void;
  /** Called once, when the connection is gone for any reason other than `destroy` or `end`. */
  onClose(listener: (cause: Error) => void): void;
  /** Drops the connection at once, without a word to the server; statements under way reject. */
  destroy(): void;
  /** Says goodbye to the server and closes. Resolves when closed, and never rejects. */
  end(): Promise<void>;
}

/**
 * The port's other half: how to get a connection.
 *
 * @internal
 */
export interface Connector {
  /** Connects and sets the session up. Rejects when that fails or `signal` aborts. */
  connect(signal: AbortSignal): Promise<Connection>;
}

/** An error that no retry can heal (a wrong password, an unsupported server): reported, and retried at the longest pause. */
export interface PermanentError extends Error {
  readonly permanent: true;
}

/** @internal */
export function isPermanent(error: unknown): error is PermanentError {
  return error instanceof Error && (error as Partial<PermanentError>).permanent === true;
}
