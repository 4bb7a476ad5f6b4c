import type { Announcement } from './announcement.js';
import type { InstanceReport } from './instance-report.js';
import type { Instant } from '../time/clock.js';
import { isError, propertyOf } from '../common/thrown.js';

/**
 * A session as the server sees it. A process of the server may serve another session later, of a pooler's other client or
 * of another instance. So a session also holds an advisory lock with a key of its own, the token: who holds it is that
 * session, and no other.
 */
export interface SessionIdentity {
  readonly pid: number;
  readonly token: bigint;
}

/** Who holds a lock. */
export interface Holder {
  /** The server's process. */
  readonly pid: number;
  /** For how many milliseconds its session has sent nothing; undefined where this role may not see that. */
  readonly silence: number | undefined;
}

/** A process of the server that has sent a message, and still lives. */
export interface Sender {
  readonly pid: number;
  /** For how many milliseconds its session has lived; undefined where this role may not see that. */
  readonly age: number | undefined;
  /** Whether its role is this session's own, a member of it, or a superuser. */
  readonly trusted: boolean;
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
  readonly identity: SessionIdentity;
  readonly server: ServerFacts;
  /** When the first statement that the server answered was sent. */
  readonly confirmedAt: Instant;
  /** Shows the server that the session is in use, and this instance that it lives. */
  heartbeat(): Promise<void>;
  /** Tries locks without waiting, in one statement; the answers stand in the order of the tries. */
  tryLocks(tries: readonly LockTry[]): Promise<Granted[]>;
  /**
   * Draws a number that is greater than every earlier term. Rejects when the server does not list the lock as ours: then its
   * locks are not what they seem.
   */
  drawTerm(lock: bigint): Promise<bigint>;
  /** The same and an announcement, in one statement; undefined when it can't be announced, and so was not drawn either. */
  drawTermAndAnnounce(lock: bigint, announcement: Announcement): Promise<bigint | undefined>;
  /** Who holds each of the locks, in their order; undefined where nobody does. */
  holders(locks: readonly bigint[]): Promise<(Holder | undefined)[]>;
  /** What the server knows of those of the processes that still live. */
  senders(pids: readonly number[]): Promise<Sender[]>;
  /** Frees a lock, if it is ours. */
  unlock(lock: bigint): Promise<void>;
  /** The same and an announcement, in one statement; false when it can't be announced: then the lock may still be ours. */
  unlockAndAnnounce(lock: bigint, announcement: Announcement): Promise<boolean>;
  /** Makes announcements, if they can be made: everything works without them. */
  announce(announcements: readonly Announcement[]): Promise<void>;
  /** Answers a roll call, where only those listen who ask. */
  sendReport(report: InstanceReport): Promise<void>;
  /** Begins a transaction, to which `query`, `restore`, `commit` and `rollback` belong. */
  begin(): Promise<Answer>;
  query(text: string, values: readonly unknown[]): Promise<Answer>;
  /**
   * Makes the session what it was before the transaction, whatever its statements have changed beside the data; to be
   * called before `commit`. An error, where the transaction can't be committed; the command is ROLLBACK where a statement had
   * failed. Then nothing but `rollback` may follow.
   */
  restore(): Promise<Answer>;
  /** The answer's command is COMMIT, if it has. An error, where nothing was committed. */
  commit(): Promise<Answer>;
  /** Also makes the session what it was. Rejects when that can't be: a lock has got lost. */
  rollback(): Promise<void>;
  /** Ends an earlier session of this instance, if the server still has it. */
  terminate(session: SessionIdentity): Promise<void>;
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
  return isError(error) && propertyOf(error, 'permanent') === true;
}
