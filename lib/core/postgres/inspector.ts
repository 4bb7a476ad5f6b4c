import type pg from 'pg';
import type { Announcement } from '../model/announcement.js';
import { rowsOf, type AnswerRow } from './answer-row.js';
import { formatAnnouncement, parseAnnouncement } from './announcement-codec.js';
import { INSTANCES_PREFIX, OUTSIDERS_NAME } from './application-name.js';
import { connectClient, createClient, destroySocket } from './client.js';
import { DatabaseConnectionError, describeConnectionError } from './connection.error.js';
import type { ConnectionSettings } from './connection-settings.js';
import * as sql from './inspection-statements.js';
import { parseReport, type ReportPart } from './instance-report-codec.js';
import { halves, HEIR_TAG, LOCK_TAG, PLACE_TAG } from './lock-key.js';
import { preflight, type Pooler } from './preflight.js';
import { setUpListening } from './set-up-statements.js';
import {
  ANNOUNCE,
  CHANNEL,
  QUEUE_FULL,
  REPORT_CHANNEL,
  SHORTEN_QUEUE,
  TERMINATE_HOLDER,
} from './statements.js';

/** The timeout for connecting and for each statement, in milliseconds. */
const PATIENCE = 6_000;

/** A session, as the server lists it. */
export interface SeenSession {
  /** The PID of its backend. */
  readonly pid: number;
  readonly applicationName: string | undefined;
  /** How long it has been silent, in milliseconds; undefined if this role is not allowed to see that. */
  readonly silence: number | undefined;
}

/** A lock of an election, with the session that holds it. */
export interface HeldLock extends SeenSession {
  readonly key: bigint;
}

/**
 * A connection that inspects the elections of a database without taking part. It does not implement the port: it runs
 * queries that no instance needs, such as for all holders of locks with a tag of this library.
 *
 * @internal
 */
export class Inspector {
  readonly #client: pg.Client;
  readonly #config: ConnectionSettings;

  private constructor(client: pg.Client, config: ConnectionSettings) {
    this.#client = client;
    this.#config = config;
  }

  /**
   * @throws DatabaseConnectionError, PoolerDetectedError, NotPrimaryError, UnsupportedServerError
   */
  static async open(config: ConnectionSettings, pooler: Pooler | undefined): Promise<Inspector> {
    let client: pg.Client | undefined;
    try {
      client = createClient({
        ...config,
        application_name: OUTSIDERS_NAME,
        connectionTimeoutMillis: PATIENCE,
        query_timeout: PATIENCE,
      });
      await connectClient(client);
      await preflight(client, pooler);
      await client.query(setUpListening([CHANNEL, REPORT_CHANNEL]));
      return new Inspector(client, config);
    } catch (error) {
      if (client) destroySocket(client);
      throw describeConnectionError(error, config);
    }
  }

  /** Returns all locks with a tag of this library, and the locks with the given keys. */
  async heldLocks(keys: readonly bigint[] = []): Promise<HeldLock[]> {
    const tags = [LOCK_TAG, HEIR_TAG, PLACE_TAG].map(String);
    const rows = await this.#rows(sql.HELD_LOCKS, [tags, keys.map(String)]);
    return rows.map((row) => ({ ...seen(row), key: row.long('key') }));
  }

  /** Returns the sessions that are named like those of instances, whatever locks they hold. */
  async sessions(): Promise<SeenSession[]> {
    return (await this.#rows(sql.SESSIONS, [INSTANCES_PREFIX])).map(seen);
  }

  async announce(announcement: Announcement): Promise<void> {
    const announce = () => this.#rows(ANNOUNCE, [CHANNEL, [formatAnnouncement(announcement)]]);
    try {
      await announce();
    } catch (error) {
      if (!(error instanceof DatabaseConnectionError) || error.code !== QUEUE_FULL) throw error;
      await this.#rows(SHORTEN_QUEUE, []);
      await announce();
    }
  }

  /**
   * Whether the leader with this backend accepts a resign request: its role is this session's own, or this role is a
   * member of it.
   */
  async mayAskToResign(pid: number): Promise<boolean> {
    const rows = await this.#rows(sql.MAY_ASK, [pid]);
    // Null for a backend without a role, which is not a leader. No row if the backend is gone; the caller notices that.
    return rows.every((row) => row.orNull('may_ask', row.flag) === true);
  }

  /** Terminates a backend if it still holds the lock. Returns whether it did. */
  async terminateHolder(lock: bigint, pid: number): Promise<boolean> {
    const [row] = await this.#rows(TERMINATE_HOLDER, [...halves(lock), pid]);
    return row?.flag('ended') === true;
  }

  /** Adds a listener for announcements. `sender` is the PID of the sending backend, which the server guarantees. */
  onAnnouncement(listener: (announcement: Announcement, sender: number) => void): () => void {
    return this.#onNotification(CHANNEL, parseAnnouncement, listener);
  }

  /** Adds a listener for instance reports. */
  onReport(listener: (answer: ReportPart, sender: number) => void): () => void {
    return this.#onNotification(REPORT_CHANNEL, parseReport, listener);
  }

  async close(): Promise<void> {
    const goodbye = setTimeout(() => {
      destroySocket(this.#client);
    }, 1_000);
    await this.#client.end().catch(() => undefined);
    clearTimeout(goodbye);
  }

  #onNotification<T>(
    channel: string,
    parse: (payload: string) => T | undefined,
    listener: (message: T, sender: number) => void,
  ): () => void {
    const receive = (notification: pg.Notification) => {
      if (notification.channel !== channel) return;
      const message = parse(notification.payload ?? '');
      if (message) listener(message, notification.processId);
    };
    this.#client.on('notification', receive);
    return () => this.#client.off('notification', receive);
  }

  async #rows(text: string, values: unknown[]): Promise<AnswerRow[]> {
    try {
      return rowsOf(await this.#client.query(text, values));
    } catch (error) {
      throw describeConnectionError(error, this.#config);
    }
  }
}

function seen(row: AnswerRow): SeenSession {
  return {
    pid: row.integer('pid'),
    applicationName: row.orNull('application_name', row.string),
    silence: row.orNull('silence', row.milliseconds),
  };
}
