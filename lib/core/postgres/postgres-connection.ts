import pg from 'pg';
import { inOwnContext } from '../common/own-context.js';
import { asError } from '../common/thrown.js';
import type { Announcement } from '../model/announcement.js';
import type { InstanceReport } from '../model/instance-report.js';
import type { Connection } from '../port/connection.js';
import type { Granted, Holder, LockTry } from '../port/locks.js';
import type { Sender } from '../port/messages.js';
import type { ServerFacts } from '../port/server-history.js';
import type { SessionIdentity } from '../port/session-control.js';
import type { Answer } from '../port/transactions.js';
import type { Instant } from '../time/clock.js';
import { rowOf, rowsOf } from './answer-row.js';
import { formatAnnouncement, parseAnnouncement } from './announcement-codec.js';
import { destroySocket } from './client.js';
import { formatReport } from './instance-report-codec.js';
import { halves } from './lock-key.js';
import { PoolerDetectedError, UnsupportedServerError } from './preflight.error.js';
import type { Pooler } from './preflight.js';
import { SessionState } from './session-state.js';
import { beginAt, type IsolationLevel } from './set-up-statements.js';
import * as sql from './statements.js';
import { untraced } from './untraced.js';

const GRANTS = ['lock', 'heir'] as const;

/** The timeout for closing the connection, in milliseconds. */
const GOODBYE = 1_000;

/** @internal */
export interface PostgresConnectionSetup {
  readonly client: pg.Client;
  readonly identity: SessionIdentity;
  readonly server: ServerFacts;
  readonly hasNamesake: boolean;
  readonly confirmedAt: Instant;
  readonly pooler: Pooler | undefined;
  /** The default isolation level of the role. */
  readonly isolation: IsolationLevel;
}

type Done = Exclude<Answer, { error: Error }>;

/**
 * The adapter for PostgreSQL: a dedicated `pg.Client`. Never a client of a pool, which would reuse it together with its
 * locks.
 *
 * @internal
 */
export class PostgresConnection implements Connection {
  readonly identity: SessionIdentity;
  readonly server: ServerFacts;
  readonly hasNamesake: boolean;
  readonly confirmedAt: Instant;
  readonly #pooler: Pooler | undefined;
  readonly #client: pg.Client;
  readonly #state: SessionState;
  readonly #isolation: IsolationLevel;
  #inTransaction = false;
  #closed: Error | undefined;
  #onClose: ((cause: Error) => void) | undefined;

  constructor(setup: PostgresConnectionSetup) {
    const { client } = setup;
    this.#client = client;
    this.identity = setup.identity;
    this.server = setup.server;
    this.hasNamesake = setup.hasNamesake;
    this.confirmedAt = setup.confirmedAt;
    this.#pooler = setup.pooler;
    this.#isolation = setup.isolation;
    this.#state = new SessionState(client, setup.identity.token);
    // `pg` may report one end as an error followed by an end, or as several errors; the first is the most specific.
    client.on('error', (error) => {
      this.#close(error);
    });
    client.on('end', () => {
      this.#close(new Error('The server closed the connection'));
    });
  }

  async heartbeat(): Promise<void> {
    // A pooler can't switch the session within a transaction, and a failed transaction accepts no other statement.
    if (this.#pooler === undefined || this.#inTransaction) {
      await this.#send(sql.HEARTBEAT);
      return;
    }
    const pid = rowOf(await this.#send(sql.POOLED_HEARTBEAT)).integer('pid');
    if (pid === this.identity.pid) return;
    throw new PoolerDetectedError(
      'The pooler moved this connection to another server process, which does not hold the lock: its pool is not in session ' +
        'mode. Connect to PostgreSQL directly, or put the pool in session mode',
    );
  }

  async tryLocks(tries: readonly LockTry[]): Promise<Granted[]> {
    const answer = await this.#send({
      ...sql.TRY_LOCKS,
      values: [
        tries.map(({ lock }) => String(lock)),
        tries.map(({ lock, heir = lock }) => String(heir)),
        tries.map(({ heir }) => heir !== undefined),
      ],
    });
    return rowsOf(answer, tries.length).map((row, index) => {
      const granted = row.orNull('granted', (name) => row.oneOf(name, GRANTS));
      const lock = granted && tries[index]?.[granted];
      if (lock !== undefined) this.#state.locks.add(lock);
      return granted;
    });
  }

  async takeOne(locks: readonly bigint[]): Promise<bigint | undefined> {
    const [row] = rowsOf(await this.#send(sql.TAKE_ONE, [locks.map(String)]));
    const taken = row?.among(locks, row.long('key'));
    if (taken !== undefined) this.#state.locks.add(taken);
    return taken;
  }

  async drawTerms(locks: readonly bigint[]): Promise<bigint[]> {
    const term = termOf(await this.#send(sql.DRAW_TERMS, [locks.map(String)]));
    return locks.map(() => term);
  }

  async drawTermsAndAnnounce(
    locks: readonly bigint[],
    announcements: readonly Announcement[],
  ): Promise<bigint[] | undefined> {
    const values = [locks.map(String), sql.CHANNEL, announcements.map(formatAnnouncement)];
    const drawn = await this.#unlessRefused(sql.DRAW_TERMS_AND_ANNOUNCE, values);
    if (!drawn) return undefined;
    const term = termOf(drawn);
    return locks.map(() => term);
  }

  async holders(locks: readonly bigint[]): Promise<(Holder | undefined)[]> {
    const answer = await this.#send(sql.HOLDERS, [locks.map(String)]);
    return rowsOf(answer, locks.length).map((row) => {
      const pid = row.orNull('pid', row.integer);
      return pid === undefined
        ? undefined
        : { pid, silence: row.orNull('silence', row.milliseconds) };
    });
  }

  async senders(pids: readonly number[]): Promise<Sender[]> {
    return rowsOf(await this.#send(sql.SENDERS, [[...pids]])).map((row) => ({
      pid: row.among(pids, row.integer('pid')),
      age: row.orNull('age', row.milliseconds),
      trusted: row.orNull('trusted', row.flag) === true,
    }));
  }

  async unlock(locks: readonly bigint[]): Promise<void> {
    this.#forget(locks);
    await this.#send(sql.UNLOCK, [locks.map(String)]);
  }

  async unlockAndAnnounce(
    locks: readonly bigint[],
    announcements: readonly Announcement[],
  ): Promise<boolean> {
    this.#forget(locks); // Even if the announcement fails and the session still holds them: the caller frees them then.
    const values = [locks.map(String), sql.CHANNEL, announcements.map(formatAnnouncement)];
    return (await this.#unlessRefused(sql.UNLOCK_AND_ANNOUNCE, values)) !== undefined;
  }

  #forget(locks: readonly bigint[]): void {
    for (const lock of locks) this.#state.locks.delete(lock);
  }

  async announce(announcements: readonly Announcement[]): Promise<void> {
    await this.#unlessRefused(sql.ANNOUNCE, [sql.CHANNEL, announcements.map(formatAnnouncement)]);
  }

  async sendReport(report: InstanceReport): Promise<void> {
    await this.#unlessRefused(sql.ANNOUNCE, [sql.REPORT_CHANNEL, formatReport(report)]);
  }

  /** Sends a statement of this library, as opposed to one of the application. */
  #send(statement: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult> {
    return untraced(() => this.#client.query(statement, values));
  }

  /**
   * Runs a statement with an announcement; undefined if the server refuses it for any reason: the queue is full, the
   * role lacks the privilege, or the commit of another session blocks it for too long.
   */
  async #unlessRefused(text: string, values: unknown[]): Promise<pg.QueryResult | undefined> {
    try {
      return await this.#send(text, values);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || endsSession(error)) throw error;
      if (hasCode(error, sql.QUEUE_FULL)) await this.#unlessRefused(sql.SHORTEN_QUEUE, []);
      return undefined;
    }
  }

  begin(): Promise<Answer> {
    return this.#answer(async () => {
      await untraced(() => this.#state.note());
      const begun = await this.#client.query(beginAt(this.#isolation));
      this.#inTransaction = true;
      return begun;
    });
  }

  query(text: string, values: readonly unknown[]): Promise<Answer> {
    // The extended protocol accepts only one statement, even without values.
    const statement = { text, values: [...values], queryMode: 'extended' };
    return this.#answer(() => this.#client.query(statement));
  }

  async restore(): Promise<Answer> {
    const answer = await this.#answer(async () => {
      await untraced(() => this.#state.restore());
      return { command: 'RESTORE', rows: [], rowCount: null };
    });
    const failedBefore = 'error' in answer && hasCode(answer.error, IN_FAILED_TRANSACTION);
    return failedBefore ? { command: 'ROLLBACK', rows: [], rowCount: null } : answer;
  }

  async commit(): Promise<Answer> {
    this.#inTransaction = false;
    try {
      const { command, rows, rowCount } = await this.#state.commit();
      return { command, rows, rowCount };
    } catch (error) {
      // Only the server's answer to this statement proves that nothing was committed.
      if (error instanceof pg.DatabaseError && !endsSession(error)) return { error };
      throw error;
    }
  }

  async rollback(): Promise<void> {
    this.#inTransaction = false;
    await this.#state.rollBack();
  }

  /**
   * Treats an error as an answer, from the server or from `pg`, which may be unable to send a value. A lost connection
   * is reported by `onClose`.
   */
  async #answer(ask: () => Promise<Done>): Promise<Answer> {
    try {
      const { command, rows, rowCount } = await ask();
      return { command, rows, rowCount };
    } catch (error) {
      if (error instanceof pg.DatabaseError && endsSession(error)) throw error;
      return { error: asError(error) };
    }
  }

  async terminate({ pid, token }: SessionIdentity): Promise<void> {
    // A pooler ends or resets the session itself, and may assign its backend to another client at any time.
    if (this.#pooler !== undefined) return;
    try {
      await this.#send(sql.TERMINATE_HOLDER, [...halves(token), pid]);
    } catch (error) {
      // Without the privilege, the lease of that session has to run out. Any other error ends this session.
      if (!hasCode(error, INSUFFICIENT_PRIVILEGE)) throw error;
    }
  }

  onAnnouncement(listener: (announcement: Announcement, sender: number) => void): void {
    this.#client.on('notification', ({ channel, payload, processId }) => {
      const announcement =
        channel === sql.CHANNEL && payload ? parseAnnouncement(payload) : undefined;
      if (!announcement) return;
      fromDriver(() => {
        listener(announcement, processId);
      });
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
      // It was already closed.
    } finally {
      clearTimeout(goodbye);
    }
  }

  #close(cause: Error): void {
    this.#closed ??= cause;
    const listener = this.#onClose;
    this.#onClose = undefined;
    fromDriver(() => listener?.(this.#closed ?? cause));
  }
}

/**
 * The driver calls back in the context of the connection attempt, which suppresses tracing; listeners may run
 * application code.
 */
const fromDriver = inOwnContext;

/** Returns the term, which is the same for all locks, because they are drawn in one transaction. */
function termOf(answer: pg.QueryResult): bigint {
  const row = rowOf(answer);
  if (row.flag('held')) return row.transactionId('term');
  throw new UnsupportedServerError(
    'The server granted an advisory lock but does not list it in pg_locks, so its locks provide no mutual exclusion; an ' +
      'election needs a real PostgreSQL server',
    'locks',
  );
}

const INSUFFICIENT_PRIVILEGE = '42501';
/** A statement has failed, and the transaction accepts no other. */
const IN_FAILED_TRANSACTION = '25P02';

function hasCode(error: unknown, code: string): boolean {
  return error instanceof pg.DatabaseError && error.code === code;
}

/**
 * Whether an error ends the session, by SQLSTATE: operator intervention, connection exceptions, internal errors and
 * transaction timeouts. The severity is not used, because it is localised. An end with another code is still noticed,
 * by `onClose`.
 */
function endsSession({ code = '' }: pg.DatabaseError): boolean {
  return /^(57P|08|XX|25P03|25P04)/.test(code);
}
