import pg from 'pg';
import type { Timings } from '../model/timings.js';
import type { Connection, Connector } from '../port/connection.js';
import type { ServerFacts } from '../port/server-history.js';
import type { SessionIdentity } from '../port/session-control.js';
import type { Clock } from '../time/clock.js';
import { rowOf, rowsOf } from './answer-row.js';
import { applicationName } from './application-name.js';
import { connectClient, createClient, destroySocket } from './client.js';
import { ConnectTimeout } from './connect-timeout.js';
import { resolveConnection, type ConnectionOption } from './connection-options.js';
import { DatabaseConnectionError, describeConnectionError } from './connection.error.js';
import type { ConnectionSettings } from './connection-settings.js';
import { sessionToken } from './lock-key.js';
import { PostgresConnection } from './postgres-connection.js';
import { UnsupportedServerError } from './preflight.error.js';
import { preflight, type Pooler } from './preflight.js';
import { CHECKPOINT_AGE, setUpSession } from './set-up-statements.js';
import { untraced } from './untraced.js';

/** @internal */
export interface PostgresConnectorSetup {
  readonly connection: ConnectionOption;
  readonly instanceId: string;
  readonly pooler: Pooler | undefined;
  readonly timings: Timings;
  readonly clock: Clock;
}

interface SetUp {
  readonly identity: SessionIdentity;
  readonly server: ServerFacts;
  readonly hasNamesake: boolean;
}

/** @internal */
export class PostgresConnector implements Connector {
  readonly #setup: PostgresConnectorSetup;
  readonly #patience: ConnectTimeout;

  constructor(setup: PostgresConnectorSetup) {
    this.#setup = setup;
    this.#patience = new ConnectTimeout(setup.clock, setup.timings.renewDeadline);
  }

  async connect(signal: AbortSignal): Promise<Connection> {
    const attempt = new AbortController();
    const stop = () => {
      attempt.abort(new Error('Stopped while connecting'));
    };
    const time = this.#patience.start((milliseconds) => {
      const message = `The connection attempt timed out after ${milliseconds} ms (renewDeadline)`;
      attempt.abort(new DatabaseConnectionError(message, 'ETIMEDOUT', false));
    });
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    let config: ConnectionSettings | undefined;
    try {
      config = await orAborted(resolveConnection(this.#setup.connection), attempt.signal);
      const connection = await this.#open(config, attempt.signal, time.reached);
      time.succeeded();
      return connection;
    } catch (error) {
      throw describeConnectionError(attempt.signal.aborted ? attempt.signal.reason : error, config);
    } finally {
      time.end();
      signal.removeEventListener('abort', stop);
    }
  }

  async #open(
    config: ConnectionSettings,
    attempt: AbortSignal,
    reached: () => void,
  ): Promise<Connection> {
    const { clock, instanceId, pooler, timings } = this.#setup;
    const client = createClient({
      application_name: applicationName(instanceId),
      keepAlive: true,
      ...config,
    });
    const drop = () => {
      destroySocket(client);
    };
    try {
      attempt.addEventListener('abort', drop);
      return await untraced(async () => {
        await connectClient(client, reached);
        const { isolation } = await preflight(client, pooler);
        const confirmedAt = clock.now();
        const session = await setUp(client, timings, sessionToken(instanceId));
        return new PostgresConnection({ ...session, client, confirmedAt, pooler, isolation });
      });
    } catch (error) {
      drop();
      throw error;
    } finally {
      attempt.removeEventListener('abort', drop);
    }
  }
}

/** Rejects when `signal` aborts: code of the application may take long or never return. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted);
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', aborted);
    });
  });
}

/**
 * Sets up the session and notes what the server reports about itself.
 *
 * @throws UnsupportedServerError when the server did not accept the lease
 */
async function setUp(client: pg.Client, timings: Timings, token: bigint): Promise<SetUp> {
  const session = rowOf(await client.query(setUpSession(timings, token)));
  const lease = session.orNull('idle_session_timeout', session.milliseconds);
  if (lease !== timings.leaseDuration) {
    throw new UnsupportedServerError(
      `The server did not accept idle_session_timeout = ${timings.leaseDuration} ms, which ends idle sessions ` +
        `(it reports ${lease ?? 'nothing'}); an election needs a real PostgreSQL server, version 14 or later`,
      'settings',
    );
  }
  const [pid, replayed] = [session.integer('pid'), session.flag('replayed')];
  const uptime = Math.max(0, session.milliseconds('uptime')); // The server's clock may have been set back since then.
  const checkpointAge = replayed ? await readCheckpointAge(client) : undefined;
  return {
    identity: { pid, token },
    server: { uptime, replayed, checkpointAge },
    hasNamesake: session.flag('has_namesake'),
  };
}

/** Undefined as well if the role is not allowed to read it. */
async function readCheckpointAge(client: pg.Client): Promise<number | undefined> {
  try {
    const [row] = rowsOf(await client.query(CHECKPOINT_AGE));
    return row?.milliseconds('checkpoint_age');
  } catch (error) {
    if (error instanceof pg.DatabaseError) return undefined;
    throw error;
  }
}
