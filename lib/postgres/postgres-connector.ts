import pg, { type ClientConfig } from 'pg';
import type { Clock } from '../election/clock.js';
import type { Connection, Connector } from '../election/connection.js';
import type { Timings } from '../election/timings.js';
import {
  DatabaseConnectionError,
  describeConnectionError,
  UnsupportedServerError,
} from './connection-error.js';
import { resolveConnection, type ConnectionOption } from './connection-options.js';
import { destroySocket, PostgresConnection } from './postgres-connection.js';
import { setUpSession } from './statements.js';

/** @internal */
export interface PostgresConnectorSetup {
  readonly connection: ConnectionOption;
  readonly instanceId: string;
  readonly timings: Timings;
  readonly clock: Clock;
}

/** What `setUpSession` selects last. */
interface SessionRow {
  readonly pid: number;
  readonly started_at: string;
  readonly idle_session_timeout: string | null;
  readonly server_version_num: string;
}

/** @internal */
export class PostgresConnector implements Connector {
  readonly #setup: PostgresConnectorSetup;

  constructor(setup: PostgresConnectorSetup) {
    this.#setup = setup;
  }

  async connect(signal: AbortSignal): Promise<Connection> {
    let config: ClientConfig | undefined;
    try {
      config = await resolveConnection(this.#setup.connection);
      signal.throwIfAborted();
      return await this.#open(config, signal);
    } catch (error) {
      throw describeConnectionError(error, config);
    }
  }

  async #open(config: ClientConfig, signal: AbortSignal): Promise<Connection> {
    const { clock, instanceId, timings } = this.#setup;
    const client = new pg.Client({
      application_name: `nestjs-leader-election ${instanceId}`,
      keepAlive: true,
      ...config,
    });
    // Without a listener the error of a connection that dies between two statements would end the process.
    client.on('error', () => undefined);
    // The socket exists only after `connect()` was called; from then on it can be dropped at any time.
    const connected = client.connect();
    let timedOut = false;
    const drop = () => {
      destroySocket(client);
    };
    const cancelTimeout = clock.after(timings.renewDeadline, () => {
      timedOut = true;
      drop();
    });
    signal.addEventListener('abort', drop);
    try {
      await connected;
      const sentAt = clock.now();
      const session = await setUp(client, timings);
      return new PostgresConnection(
        client,
        { pid: session.pid, startedAt: session.started_at },
        sentAt,
      );
    } catch (error) {
      drop();
      if (!timedOut) throw error;
      const message = `The server did not answer within ${timings.renewDeadline} ms (renewDeadline)`;
      throw new DatabaseConnectionError(message, 'ETIMEDOUT', false);
    } finally {
      cancelTimeout();
      signal.removeEventListener('abort', drop);
    }
  }
}

async function setUp(client: pg.Client, timings: Timings): Promise<SessionRow> {
  let results: unknown;
  try {
    // Several statements in one query give one result each, which the types do not know.
    results = await client.query(setUpSession(timings));
  } catch (error) {
    // undefined_object: the server does not know the setting.
    if (error instanceof pg.DatabaseError && error.code === '42704') {
      throw new UnsupportedServerError(
        `The server does not know idle_session_timeout, by which it ends silent sessions (${error.message}); ` +
          'an election needs PostgreSQL 14 or later',
      );
    }
    throw error;
  }
  const session = (results as readonly pg.QueryResult<SessionRow>[]).at(-1)?.rows[0];
  if (!session || Number(session.idle_session_timeout) !== timings.leaseDuration) {
    throw new UnsupportedServerError(
      `The server did not take idle_session_timeout = ${timings.leaseDuration} ms, by which it ends silent sessions ` +
        `(it says ${session?.idle_session_timeout ?? 'nothing'}); an election needs PostgreSQL 14 or later`,
    );
  }
  return session;
}
