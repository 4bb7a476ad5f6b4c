import type { Socket } from 'node:net';
import pg from 'pg';
import type { Announcement } from '../election/announcement.js';
import type { Attendance } from '../election/attendance.js';
import type { Instant } from '../election/clock.js';
import type {
  Answer,
  BackendIdentity,
  Connection,
  Granted,
  LockTry,
  ServerFacts,
} from '../election/connection.js';
import { formatAnnouncement, parseAnnouncement } from './announcements.js';
import { formatAttendance } from './attendances.js';
import { halves } from './lock-key.js';
import { PoolerDetectedError, UnsupportedServerError } from './preflight.error.js';
import type { Pooler } from './preflight.js';
import * as sql from './statements.js';

/** How long a goodbye to the server may take, in milliseconds. */
const GOODBYE = 1_000;

/** @internal */
export interface PostgresConnectionSetup {
  readonly client: pg.Client;
  readonly identity: BackendIdentity;
  readonly server: ServerFacts;
  readonly confirmedAt: Instant;
  readonly pooler: Pooler | undefined;
}

/**
 * The port's adapter: one `pg.Client` of our own. Never one of a pool, which would recycle it, and the lock with it.
 *
 * @internal
 */
export class PostgresConnection implements Connection {
  readonly identity: BackendIdentity;
  readonly server: ServerFacts;
  readonly confirmedAt: Instant;
  readonly #pooler: Pooler | undefined;
  readonly #client: pg.Client;
  #inTransaction = false;
  #closed: Error | undefined;
  #onClose: ((cause: Error) => void) | undefined;

  constructor({ client, identity, server, confirmedAt, pooler }: PostgresConnectionSetup) {
    this.#client = client;
    this.identity = identity;
    this.server = server;
    this.confirmedAt = confirmedAt;
    this.#pooler = pooler;
    // `pg` may report one end as an error, then as an end, or as several errors; the first tells most.
    client.on('error', (error) => {
      this.#close(error);
    });
    client.on('end', () => {
      this.#close(new Error('The server closed the connection'));
    });
  }

  async heartbeat(): Promise<void> {
    // In a transaction a pooler can't change the session; and one that has failed takes no other statement.
    if (this.#pooler === undefined || this.#inTransaction) {
      await this.#client.query(sql.HEARTBEAT);
      return;
    }
    const { rows } = await this.#client.query<{ pid: number }>(sql.POOLED_HEARTBEAT);
    if (rows[0]?.pid === this.identity.pid) return;
    throw new PoolerDetectedError(
      "The pooler has given this session to another of the server's processes, and the lock with it: its pool is not in " +
        'session mode. Connect to PostgreSQL directly, or put the pool in session mode',
    );
  }

  async tryLocks(tries: readonly LockTry[]): Promise<Granted[]> {
    const { rows } = await this.#client.query<{ granted: 'lock' | 'heir' | null }>({
      ...sql.TRY_LOCKS,
      values: [
        tries.map(({ lock }) => String(lock)),
        tries.map(({ heir }) => (heir === undefined ? null : String(heir))),
      ],
    });
    return rows.map(({ granted }) => granted ?? undefined);
  }

  async drawTerm(lock: bigint, announcement?: Announcement): Promise<bigint> {
    const { rows } = await this.#client.query<{ held: boolean; term: string }>(sql.DRAW_TERM, [
      ...halves(lock),
      sql.CHANNEL,
      announcement ? formatAnnouncement(announcement) : null,
    ]);
    if (!rows[0]?.held) {
      throw new UnsupportedServerError(
        'The server granted an advisory lock but does not list it in pg_locks, so its locks exclude nobody; ' +
          'an election needs a real PostgreSQL server',
        'locks',
      );
    }
    return BigInt(rows[0].term);
  }

  async holderOf(lock: bigint): Promise<number | undefined> {
    const { rows } = await this.#client.query<{ pid: number }>(sql.HOLDER, halves(lock));
    return rows[0]?.pid;
  }

  async silenceOfHolder(lock: bigint): Promise<number | undefined> {
    const { rows } = await this.#client.query<{ silence: number | null }>(
      sql.SILENCE_OF_HOLDER,
      halves(lock),
    );
    return rows[0]?.silence ?? undefined;
  }

  async unlock(lock: bigint, announcement?: Announcement): Promise<void> {
    if (announcement) {
      const payload = formatAnnouncement(announcement);
      // Where the announcement can't be made, the lock is free all the same: it belongs to no transaction.
      await this.#hint(sql.UNLOCK_AND_ANNOUNCE, [String(lock), sql.CHANNEL, payload]);
    } else {
      await this.#client.query(sql.UNLOCK, [String(lock)]);
    }
  }

  async announce(announcements: readonly Announcement[]): Promise<void> {
    await this.#hint(sql.ANNOUNCE, [sql.CHANNEL, announcements.map(formatAnnouncement)]);
  }

  async answerRollCall(attendance: Attendance): Promise<void> {
    await this.#hint(sql.ANNOUNCE, [sql.ROLL_CALL_CHANNEL, formatAttendance(attendance)]);
  }

  /** Everything works without announcements, so one that has to wait for another's commit for too long is dropped. */
  async #hint(text: string, values: unknown[]): Promise<void> {
    try {
      await this.#client.query(text, values);
    } catch (error) {
      if (!hasCode(error, LOCK_NOT_AVAILABLE)) throw error;
    }
  }

  begin(): Promise<Answer> {
    this.#inTransaction = true;
    return this.#answer({ text: 'BEGIN' });
  }

  query(text: string, values: readonly unknown[]): Promise<Answer> {
    // The extended protocol takes one statement at a time, also without values.
    return this.#answer({ text, values: [...values], queryMode: 'extended' });
  }

  async commit(): Promise<Answer> {
    this.#inTransaction = false;
    try {
      const { command, rows, rowCount } = await this.#client.query('COMMIT');
      return { command, rows, rowCount };
    } catch (error) {
      // Only an answer of the server to this very statement says that nothing was committed.
      if (error instanceof pg.DatabaseError && !endsSession(error)) return { error };
      throw error;
    }
  }

  rollback(): Promise<Answer> {
    this.#inTransaction = false;
    return this.#answer({ text: 'ROLLBACK' });
  }

  /**
   * An error is an answer: of the server, or of `pg`, which may find that it can't send a value. Where the connection is
   * gone, `onClose` says so.
   */
  async #answer(statement: pg.QueryConfig & { queryMode?: 'extended' }): Promise<Answer> {
    try {
      const { command, rows, rowCount } = await this.#client.query(statement);
      return { command, rows, rowCount };
    } catch (error) {
      if (error instanceof pg.DatabaseError && endsSession(error)) throw error;
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  async terminate(ghost: BackendIdentity): Promise<void> {
    try {
      await this.#client.query(sql.TERMINATE, [ghost.pid, ghost.startedAt]);
    } catch (error) {
      // Not allowed: then the ghost's lease runs out by itself. Anything else is the end of this session.
      if (!hasCode(error, INSUFFICIENT_PRIVILEGE)) throw error;
    }
  }

  onAnnouncement(listener: (announcement: Announcement, sender: number) => void): void {
    this.#client.on('notification', ({ channel, payload, processId }) => {
      const announcement =
        channel === sql.CHANNEL && payload ? parseAnnouncement(payload) : undefined;
      if (announcement) listener(announcement, processId);
    });
  }

  onClose(listener: (cause: Error) => void): void {
    if (this.#closed) listener(this.#closed);
    else this.#onClose = listener;
  }

  destroy(): void {
    this.#onClose = undefined;
    destroySocket(this.#client);
  }

  async end(): Promise<void> {
    this.#onClose = undefined;
    const goodbye = setTimeout(() => {
      destroySocket(this.#client);
    }, GOODBYE);
    try {
      await this.#client.end();
    } catch {
      // It was closed already.
    } finally {
      clearTimeout(goodbye);
    }
  }

  #close(cause: Error): void {
    this.#closed ??= cause;
    const listener = this.#onClose;
    this.#onClose = undefined;
    listener?.(this.#closed);
  }
}

/**
 * Drops a client's connection without waiting for the server: `end()` would wait for an answer that may never come.
 * Statements under way reject.
 *
 * @internal
 */
export function destroySocket(client: pg.Client): void {
  socketOf(client).destroy();
}

/**
 * Tells when the server, or what stands before it, has accepted the connection of a client that is connecting.
 *
 * @internal
 */
export function onceReached(client: pg.Client, tell: () => void): void {
  socketOf(client).once('connect', tell);
}

/** It exists from `connect()` on. */
function socketOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

const LOCK_NOT_AVAILABLE = '55P03';
const INSUFFICIENT_PRIVILEGE = '42501';

function hasCode(error: unknown, code: string): boolean {
  return error instanceof pg.DatabaseError && error.code === code;
}

/**
 * By SQLSTATE: operator intervention, connection exceptions, internal errors, the timeouts of a transaction. The severity
 * would tell, but it comes in the server's language.
 */
function endsSession({ code = '' }: pg.DatabaseError): boolean {
  return /^(57P|08|XX|25P03|25P04)/.test(code);
}
