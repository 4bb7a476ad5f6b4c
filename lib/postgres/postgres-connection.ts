import pg from 'pg';
import type { Announcement } from '../election/announcement.js';
import type { Instant } from '../election/clock.js';
import type { BackendIdentity, Connection, Granted, LockTry } from '../election/connection.js';
import { formatAnnouncement, parseAnnouncement } from './announcements.js';
import { UnsupportedServerError } from './connection-error.js';
import * as sql from './statements.js';

/** How long a goodbye to the server may take, in milliseconds. */
const GOODBYE = 1_000;

/**
 * The port's adapter: one `pg.Client` of our own. Never one of a pool, which would recycle it, and the lock with it.
 *
 * @internal
 */
export class PostgresConnection implements Connection {
  readonly #client: pg.Client;
  #closed: Error | undefined;
  #onClose: ((cause: Error) => void) | undefined;

  constructor(
    client: pg.Client,
    readonly identity: BackendIdentity,
    readonly confirmedAt: Instant,
  ) {
    this.#client = client;
    // `pg` may report one end as an error, then as an end, or as several errors; the first tells most.
    client.on('error', (error) => {
      this.#close(error);
    });
    client.on('end', () => {
      this.#close(new Error('The server closed the connection'));
    });
  }

  async heartbeat(): Promise<void> {
    await this.#client.query(sql.HEARTBEAT);
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

  async drawTerm(lock: bigint): Promise<bigint> {
    const unsigned = BigInt.asUintN(64, lock);
    const { rows } = await this.#client.query<{ held: boolean; term: string }>(sql.DRAW_TERM, [
      String(unsigned >> 32n),
      String(unsigned & 0xffff_ffffn),
    ]);
    if (!rows[0]?.held) {
      throw new UnsupportedServerError(
        'The server granted an advisory lock but does not list it in pg_locks, so its locks exclude nobody; ' +
          'an election needs a real PostgreSQL server',
      );
    }
    return BigInt(rows[0].term);
  }

  async unlock(lock: bigint, announcement?: Announcement): Promise<void> {
    if (announcement) {
      await this.#client.query(sql.UNLOCK_AND_ANNOUNCE, [
        String(lock),
        sql.CHANNEL,
        formatAnnouncement(announcement),
      ]);
    } else {
      await this.#client.query(sql.UNLOCK, [String(lock)]);
    }
  }

  async announce(announcements: readonly Announcement[]): Promise<void> {
    await this.#client.query(sql.ANNOUNCE, [sql.CHANNEL, announcements.map(formatAnnouncement)]);
  }

  async terminate(ghost: BackendIdentity): Promise<void> {
    try {
      await this.#client.query(sql.TERMINATE, [ghost.pid, ghost.startedAt]);
    } catch (error) {
      // Not allowed: then the ghost's lease runs out by itself. Anything else is the end of this session.
      if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
    }
  }

  onAnnouncement(listener: (announcement: Announcement) => void): void {
    this.#client.on('notification', ({ channel, payload }) => {
      const announcement =
        channel === sql.CHANNEL && payload ? parseAnnouncement(payload) : undefined;
      if (announcement) listener(announcement);
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
  (
    client as unknown as { connection: { stream: { destroy(): void } } }
  ).connection.stream.destroy();
}
