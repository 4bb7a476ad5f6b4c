/** The SQL for setting up a connection. See sql.ts for the rules of all SQL. */
import type { Timings } from '../model/timings.js';
import { halves, SESSION_TAG } from './lock-key.js';
import { DIFFERS, EQUALS, GRANTED_LOCKS, KEY, OURS, since, tagOf } from './sql.js';
import { CHANNEL } from './statements.js';

/**
 * Sets up a new session, which then holds its token, in one round trip.
 *
 * The settings are not startup parameters, because PgBouncer refuses the startup parameter `options`. None of them
 * needs a privilege.
 *
 * - `idle_session_timeout` is the lease: the server ends a session that has been silent for that long.
 * - `statement_timeout`: heartbeats wait for the current statement, so it must end while the lease is still confirmed.
 *   The server disables it during a commit, where `lock_timeout` still applies.
 * - The kernel must give up the connection between the two deadlines, never earlier: a lock that is freed earlier
 *   allows a second leader. Keepalives use whole seconds; if the lease is shorter than that, `idle_session_timeout`
 *   applies first.
 */
export function setUpSession(
  { heartbeatInterval, renewDeadline, leaseDuration }: Timings,
  token: bigint,
): string {
  const keepaliveSeconds = Math.ceil(renewDeadline / 1_000);
  const settings = {
    idle_session_timeout: leaseDuration,
    idle_in_transaction_session_timeout: leaseDuration,
    statement_timeout: statementTimeout({ heartbeatInterval, renewDeadline }),
    lock_timeout: statementTimeout({ heartbeatInterval, renewDeadline }),
    ...PLAIN,
    tcp_keepalives_idle: keepaliveSeconds,
    tcp_keepalives_interval: 1,
    tcp_keepalives_count: 1,
    tcp_user_timeout: Math.floor((renewDeadline + leaseDuration) / 2),
  };
  return [
    UNDISTURBED,
    set(settings, 'for the session'),
    `SELECT pg_catalog.pg_try_advisory_lock(${token}::pg_catalog.int8)`,
    `LISTEN ${CHANNEL}`,
    describeSession(token),
  ].join('; ');
}

/**
 * Overrides settings of the role that would end the session or delay its statements.
 *
 * - `transaction_timeout` (PostgreSQL 17 and later) ends the session.
 * - `exit_on_error` ends the session when a statement fails, including statements of the application.
 * - `default_transaction_isolation`: in a serializable transaction, any statement may fail, or wait for transactions of
 *   other sessions. Transactions of the application use the level of the role ({@link beginAt}).
 */
const PLAIN = {
  transaction_timeout: 0,
  exit_on_error: 'off',
  default_transaction_isolation: 'read committed',
};

/** Sets up a connection for inspecting and listening. */
export function setUpListening(channels: readonly string[]): string {
  const listens = channels.map((channel) => `LISTEN ${channel}`);
  return [UNDISTURBED, set(PLAIN, 'for the session'), ...listens].join('; ');
}

/** Sets these settings, except those that the server does not know. */
function set(
  settings: Readonly<Record<string, number | string>>,
  scope: 'for the session' | 'for the transaction',
): string {
  const values = Object.entries(settings).map(([name, value]) => `('${name}', '${value}')`);
  return `
  SELECT pg_catalog.set_config(s.name, s.value, ${scope === 'for the transaction'})
    FROM (VALUES ${values.join(', ')}) s (name, value)
   WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL`;
}

/**
 * Precedes other statements in one message, which is one transaction. Until the session is set up, the settings of the
 * role apply: the statements might wait for serializable transactions of other sessions, or time out on a slow server.
 * Applies to this transaction only: a pooler must not pass settings on to the next client of the server's session.
 */
const UNDISTURBED = `SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ${set(
  { statement_timeout: 0, lock_timeout: 0, transaction_timeout: 0 },
  'for the transaction',
)}`;

/** The isolation levels that a role may use by default. */
export const ISOLATION_LEVELS = [
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
] as const;

export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** Begins a transaction of the application, as `BEGIN` would in a session without this set-up. */
export function beginAt(level: IsolationLevel): string {
  return `BEGIN ISOLATION LEVEL ${level.toUpperCase()}`;
}

/**
 * The milliseconds that one statement may take. A statement that is sent just before the next heartbeat is due must be
 * answered while the lease is still confirmed, with a margin of 20 %.
 */
export function statementTimeout({
  heartbeatInterval,
  renewDeadline,
}: Pick<Timings, 'heartbeatInterval' | 'renewDeadline'>): number {
  return Math.max(1, Math.floor(0.8 * (renewDeadline - heartbeatInterval)));
}

/** Runs before any setting of the connection is changed. A session that another instance has set up holds a token. */
export const PREFLIGHT = `${UNDISTURBED};
  SELECT pg_catalog.pg_backend_pid() AS pid,
         pg_catalog.pg_is_in_recovery() AS in_recovery,
         EXISTS (SELECT ${GRANTED_LOCKS} AND ${OURS} AND ${tagOf(KEY)} ${EQUALS} ${SESSION_TAG}::pg_catalog.int8) AS taken,
         pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS server_version_num,
         pg_catalog.current_setting('default_transaction_isolation') AS isolation`;

/**
 * Reads the effective settings, the facts about the server, and whether another session has a token with the same upper
 * half.
 *
 * `pg_last_wal_replay_lsn` is null after a clean start, and keeps its last value after a promotion or a crash recovery.
 */
const describeSession = (token: bigint) => `
  SELECT pg_catalog.pg_backend_pid() AS pid,
         (SELECT s.setting FROM pg_catalog.pg_settings s WHERE s.name ${EQUALS} 'idle_session_timeout')
           AS idle_session_timeout,
         ${since('pg_catalog.pg_postmaster_start_time()')} AS uptime,
         pg_catalog.pg_last_wal_replay_lsn() IS NOT NULL AS replayed,
         EXISTS (SELECT ${GRANTED_LOCKS} AND l.classid ${EQUALS} ${halves(token)[0]}::pg_catalog.oid
                    AND l.pid ${DIFFERS} pg_catalog.pg_backend_pid()) AS has_namesake`;

/**
 * The age of the last checkpoint, if it is on the current timeline. A separate statement, because a hosted server may
 * not allow every role to read the control file.
 */
export const CHECKPOINT_AGE = `
  SELECT ${since('c.checkpoint_time')} AS checkpoint_age
    FROM pg_catalog.pg_control_checkpoint() c
   WHERE c.timeline_id ${EQUALS} pg_catalog.concat('x', pg_catalog.substr(
           pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::pg_catalog.bit(32)::pg_catalog.int4`;
