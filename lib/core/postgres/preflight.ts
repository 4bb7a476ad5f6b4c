import { rowOf } from './answer-row.js';
import { NotPrimaryError, PoolerDetectedError, UnsupportedServerError } from './preflight.error.js';
import { ISOLATION_LEVELS, PREFLIGHT, type IsolationLevel } from './set-up-statements.js';

/** The kind of pooler that the connection may use: `session`, a pooler in session mode. */
export type Pooler = 'session';

/** The oldest version that has `idle_session_timeout`. */
const OLDEST_VERSION = 14;

/** The settings of the role for its transactions. */
export interface RoleSettings {
  readonly isolation: IsolationLevel;
}

/**
 * Checks whether a connection can be used for elections. Runs before any setting is changed: a pooler would leave the
 * settings to the next client of the server's session.
 *
 * @throws PoolerDetectedError, NotPrimaryError, UnsupportedServerError
 * @internal
 */
export async function preflight(
  client: { query(text: string): Promise<unknown> },
  pooler: Pooler | undefined,
): Promise<RoleSettings> {
  const found = rowOf(await client.query(PREFLIGHT));
  const isolation = found.oneOf('isolation', ISOLATION_LEVELS);
  // BackendKeyData contains the PID to use in a cancel request; a pooler replaces it with its own.
  const { processID } = client as unknown as { processID: number };
  if (pooler === undefined && processID !== found.integer('pid')) {
    throw new PoolerDetectedError(
      'The connection goes through a connection pooler (such as PgBouncer), which may give the session that holds the ' +
        'lock to another client. Connect to PostgreSQL directly or, if the pool is in session mode, set the option ' +
        "pooler: 'session'",
    );
  }
  // Another instance has set up this session.
  if (found.flag('taken')) {
    throw new PoolerDetectedError(
      'The pooler assigned a session that another instance has set up, so both could hold the same locks: the pool is ' +
        'not in session mode, or does not reset sessions (server_reset_query = DISCARD ALL)',
    );
  }
  if (found.flag('in_recovery')) {
    throw new NotPrimaryError(
      'The server is a standby, and its locks have no effect on the primary. Connect to the primary: use a host name that ' +
        'always points to it, or a `connection` function that finds it at every connect',
    );
  }
  const version = Math.floor(found.integer('server_version_num') / 10_000);
  if (version < OLDEST_VERSION) {
    throw new UnsupportedServerError(
      `PostgreSQL ${version} does not support idle_session_timeout, which ends idle sessions; an election needs ` +
        `PostgreSQL ${OLDEST_VERSION} or later`,
      'version',
    );
  }
  return { isolation };
}
