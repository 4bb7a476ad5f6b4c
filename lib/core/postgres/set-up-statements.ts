/** The SQL of connecting. How it is written, and why so, stands in sql.ts. */
import type { Timings } from '../model/timings.js';
import { halves, SESSION_TAG } from './lock-key.js';
import { DIFFERS, EQUALS, GRANTED_LOCKS, KEY, OURS, since, tagOf } from './sql.js';
import { CHANNEL } from './statements.js';

/**
 * Makes a fresh connection a session that holds its token, in one round trip.
 *
 * These are settings and not startup parameters because PgBouncer refuses the startup parameter `options`. All of them
 * work without privileges.
 *
 * - `idle_session_timeout` is the lease: the server itself ends a session that has been silent for that long.
 * - `statement_timeout`: a statement keeps heartbeats waiting, so it must end while the lease is still confirmed. The server
 *   turns it off for a commit, where `lock_timeout` still holds.
 * - The kernel must give the connection up between the two deadlines, never sooner: a lock freed sooner is a second
 *   leader. Keepalives count in whole seconds; where the lease is shorter than that, `idle_session_timeout` comes first.
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
 * What a role may have set that would end a session, or keep its statements waiting.
 *
 * - `transaction_timeout`, where the server knows it (17 and later), ends the session.
 * - `exit_on_error` ends it with a statement that may be refused, and with one of the user's.
 * - `default_transaction_isolation`: in a serializable transaction, any statement may be refused, or wait for the
 *   transactions of others. The user's begin with what the role had set ({@link beginAt}).
 */
const PLAIN = {
  transaction_timeout: 0,
  exit_on_error: 'off',
  default_transaction_isolation: 'read committed',
};

/** Makes a fresh connection one that looks and listens. */
export function setUpListening(channels: readonly string[]): string {
  const listens = channels.map((channel) => `LISTEN ${channel}`);
  return [UNDISTURBED, set(PLAIN, 'for the session'), ...listens].join('; ');
}

/** Sets what the server knows of these settings. */
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
 * Before others in one message, which is one transaction: until the session is set up, the role's settings hold. By them it
 * might wait for the serializable transactions of others, or be given too little time by a slow server. For this
 * transaction alone: a pooler must not leave settings to whoever gets the server's session next.
 */
const UNDISTURBED = `SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ${set(
  { statement_timeout: 0, lock_timeout: 0, transaction_timeout: 0 },
  'for the transaction',
)}`;

/** The isolation levels that a role may have set for its transactions. */
export const ISOLATION_LEVELS = [
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
] as const;

export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** Begins a transaction of the user's, as `BEGIN` would in a session that is not set up. */
export function beginAt(level: IsolationLevel): string {
  return `BEGIN ISOLATION LEVEL ${level.toUpperCase()}`;
}

/**
 * Milliseconds that one statement may take: sent just before the next heartbeat would have been due, it must be answered
 * while the trust still lasts, with a fifth to spare.
 */
export function statementTimeout({
  heartbeatInterval,
  renewDeadline,
}: Pick<Timings, 'heartbeatInterval' | 'renewDeadline'>): number {
  return Math.max(1, Math.floor(0.8 * (renewDeadline - heartbeatInterval)));
}

/** Asked before anything is set on a connection. A session that somebody has taken holds a token. */
export const PREFLIGHT = `${UNDISTURBED};
  SELECT pg_catalog.pg_backend_pid() AS pid,
         pg_catalog.pg_is_in_recovery() AS in_recovery,
         EXISTS (SELECT ${GRANTED_LOCKS} AND ${OURS} AND ${tagOf(KEY)} ${EQUALS} ${SESSION_TAG}::pg_catalog.int8) AS taken,
         pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS server_version_num,
         pg_catalog.current_setting('default_transaction_isolation') AS isolation`;

/**
 * What the server made of the settings, what it tells about itself, and whether another session has a token like ours.
 *
 * `pg_last_wal_replay_lsn` is null after a clean start, and stays what it was after a promotion or a crash recovery.
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
 * How long ago the last checkpoint was, if it was on the timeline that the server writes now. A statement of its own,
 * since a hosted server may not let everybody read its control file.
 */
export const CHECKPOINT_AGE = `
  SELECT ${since('c.checkpoint_time')} AS checkpoint_age
    FROM pg_catalog.pg_control_checkpoint() c
   WHERE c.timeline_id ${EQUALS} pg_catalog.concat('x', pg_catalog.substr(
           pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::pg_catalog.bit(32)::pg_catalog.int4`;
