import { rowOf } from './answer-row.js';
import { NotPrimaryError, PoolerDetectedError, UnsupportedServerError } from './preflight.error.js';
import { ISOLATION_LEVELS, PREFLIGHT, type IsolationLevel } from './set-up-statements.js';

/** How the connection may reach the server, besides directly: through a pooler in session mode, on purpose. */
export type Pooler = 'session';

/** The oldest version that has `idle_session_timeout`. */
const OLDEST_VERSION = 14;

/** What the role has set for its transactions. */
export interface RoleSettings {
  readonly isolation: IsolationLevel;
}

/**
 * Is this connection fit to hold a lock? Asked before anything is set on it: a pooler would leave the settings to whoever
 * gets the server's session next.
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
  // BackendKeyData names the process that a cancel request would have to name; a pooler puts itself in its place.
  const { processID } = client as unknown as { processID: number };
  if (pooler === undefined && processID !== found.integer('pid')) {
    throw new PoolerDetectedError(
      'The connection goes through a connection pooler (such as PgBouncer), which may give the session that holds the ' +
        'lock to somebody else. Connect to PostgreSQL directly; or, if the pool is in session mode, say so with the ' +
        "option pooler: 'session'",
    );
  }
  // Another instance has set this session up.
  if (found.flag('taken')) {
    throw new PoolerDetectedError(
      'The pooler has given us a session of the server that another instance has set up, so both could hold its locks: ' +
        'the pool is not in session mode, or does not reset sessions (server_reset_query = DISCARD ALL)',
    );
  }
  if (found.flag('in_recovery')) {
    throw new NotPrimaryError(
      'The server is a standby, whose locks exclude nobody on the primary. Connect to the primary: by a host name that ' +
        'follows it, or with a function as `connection` that finds it at every connect',
    );
  }
  const version = Math.floor(found.integer('server_version_num') / 10_000);
  if (version < OLDEST_VERSION) {
    throw new UnsupportedServerError(
      `PostgreSQL ${version} does not have idle_session_timeout, by which the server ends silent sessions; an election ` +
        `needs PostgreSQL ${OLDEST_VERSION} or later`,
      'version',
    );
  }
  return { isolation };
}
