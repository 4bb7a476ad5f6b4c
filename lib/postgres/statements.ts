/**
 * All SQL of this library. Every function is named with its schema, so that nothing that stands earlier in somebody's
 * search path can answer in its place.
 */
import type { Timings } from '../election/timings.js';

/** The one channel of all announcements in a database. */
export const CHANNEL = 'nestjs_leader_election';

/** The channel of the answers to roll calls. No instance listens to it, so an answer costs the others nothing. */
export const ROLL_CALL_CHANNEL = 'nestjs_leader_election_roll_call';

/**
 * Makes a fresh connection a session that holds its token, in one round trip.
 *
 * These are settings and not startup parameters because PgBouncer refuses the startup parameter `options`. All of them
 * work without privileges.
 *
 * - `idle_session_timeout` is the lease: the server itself ends a session that has been silent for that long.
 * - `statement_timeout`: a statement keeps heartbeats waiting, so it must end while the trust still lasts. The server
 *   turns it off for a commit, where `lock_timeout` still holds.
 * - `transaction_timeout`, where the server knows it (17 and later): a role's own would end the session.
 * - The kernel must give the connection up between the two deadlines, never sooner: a lock freed sooner is a second
 *   leader. Keepalives count in whole seconds; where the lease is shorter than that, `idle_session_timeout` comes first.
 */
export function setUpSession(
  { heartbeatInterval, renewDeadline, leaseDuration }: Timings,
  token: bigint,
): string {
  const keepaliveSeconds = Math.ceil(renewDeadline / 1_000);
  const settings: Record<string, number | string> = {
    idle_session_timeout: leaseDuration,
    idle_in_transaction_session_timeout: leaseDuration,
    statement_timeout: statementTimeout({ heartbeatInterval, renewDeadline }),
    lock_timeout: statementTimeout({ heartbeatInterval, renewDeadline }),
    tcp_keepalives_idle: keepaliveSeconds,
    tcp_keepalives_interval: 1,
    tcp_keepalives_count: 1,
    tcp_user_timeout: Math.floor((renewDeadline + leaseDuration) / 2),
  };
  settings[SESSION_MARK] = 'taken';
  const calls = Object.entries(settings).map(
    ([setting, value]) => `pg_catalog.set_config('${setting}', '${value}', false)`,
  );
  calls.push(`pg_catalog.pg_try_advisory_lock(${token}::pg_catalog.int8)`);
  return `SELECT ${calls.join(', ')}; ${NO_TRANSACTION_TIMEOUT}; LISTEN ${CHANNEL}; ${DESCRIBE_SESSION}`;
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

/** A setting of our own, by which the next to get this session of the server can tell that it is taken. */
export const SESSION_MARK = 'nestjs_leader_election.session';

const NO_TRANSACTION_TIMEOUT = `
  SELECT pg_catalog.set_config(s.name, '0', false) FROM pg_catalog.pg_settings s WHERE s.name = 'transaction_timeout'`;

/** Asked before anything is set on a connection. */
export const PREFLIGHT = `
  SELECT pg_catalog.pg_backend_pid() AS pid,
         pg_catalog.pg_is_in_recovery() AS in_recovery,
         pg_catalog.current_setting('${SESSION_MARK}', true) AS mark,
         pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS server_version_num`;

/**
 * What the server made of the settings, and what it tells about itself.
 *
 * `pg_last_wal_replay_lsn` is null after a clean start, and stays what it was after a promotion or a crash recovery.
 */
const DESCRIBE_SESSION = `
  SELECT pg_catalog.pg_backend_pid() AS pid,
         (SELECT s.setting FROM pg_catalog.pg_settings s WHERE s.name = 'idle_session_timeout') AS idle_session_timeout,
         1000 * pg_catalog.date_part('epoch',
           pg_catalog.clock_timestamp() - pg_catalog.pg_postmaster_start_time()) AS uptime,
         pg_catalog.pg_last_wal_replay_lsn() IS NOT NULL AS replayed`;

/**
 * How long ago the last checkpoint was, if it was on the timeline that the server writes now. A statement of its own,
 * since a hosted server may not let everybody read its control file.
 */
export const CHECKPOINT_AGE = `
  SELECT 1000 * pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - c.checkpoint_time) AS checkpoint_age
    FROM pg_catalog.pg_control_checkpoint() c
   WHERE c.timeline_id = ('x' || pg_catalog.substr(
           pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::pg_catalog.bit(32)::pg_catalog.int4`;

/** The cheapest sign of life: an empty query resets `idle_session_timeout`. */
export const HEARTBEAT = '';

/** The sign of life through a pooler: also shows whether the session is still the same. */
export const POOLED_HEARTBEAT = 'SELECT pg_catalog.pg_backend_pid() AS pid';

/**
 * $1 the elections' locks, $2 their heirs' locks (null where that is ours already).
 *
 * CASE tries the second only where the first is taken; a null key is a null answer and no lock.
 */
export const TRY_LOCKS = {
  name: 'nestjs_leader_election_try_locks',
  text: `
    SELECT CASE WHEN pg_catalog.pg_try_advisory_lock(t.lock) THEN 'lock'
                WHEN pg_catalog.pg_try_advisory_lock(t.heir) THEN 'heir' END AS granted
      FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.int8[]), pg_catalog.unnest($2::pg_catalog.int8[]))
           WITH ORDINALITY AS t (lock, heir, position)
     ORDER BY t.position`,
};

/** This database, since the server's views show all. */
export const THIS_DATABASE =
  '(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())';

/** A row of `pg_locks` that is a granted lock with a key of 64 bits, in this database. */
export const GRANTED_LOCKS = `
    FROM pg_catalog.pg_locks l
   WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = ${THIS_DATABASE}`;

/** A row of `pg_locks` that is an election's lock: $1 and $2 its upper and lower half. */
export const GRANTED_LOCK = `
  ${GRANTED_LOCKS} AND l.classid = $1::pg_catalog.oid AND l.objid = $2::pg_catalog.oid`;

/** As the server itself takes the two halves for one key. */
export const KEY = '((l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8)';

/** For how many milliseconds a session `a` has sent nothing; null where this role may not see that. */
export const SILENCE =
  "1000 * pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.state_change)";

/**
 * $1 the locks. One row for each, in their order.
 *
 * Every statement of a session, an empty one too, changes its state; only its own role, and those that may see all
 * statistics, are shown when. Only one session can hold a lock that is not shared.
 */
export const HOLDERS = `
  SELECT held.pid,
         CASE WHEN held.pid IS NOT NULL
              THEN (SELECT ${SILENCE} FROM pg_catalog.pg_stat_get_activity(held.pid) a) END AS silence
    FROM pg_catalog.unnest($1::pg_catalog.int8[]) WITH ORDINALITY AS wanted (key, position)
    LEFT JOIN (SELECT l.pid, ${KEY} AS key ${GRANTED_LOCKS} AND l.mode = 'ExclusiveLock') held
           ON held.key = wanted.key
   ORDER BY wanted.position`;

/**
 * $1 processes of the server. Everybody may see the role of a session; when it began, only that role itself and those that
 * may see all statistics. A superuser is a member of every role.
 */
export const SENDERS = `
  SELECT a.pid,
         1000 * pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.backend_start) AS age,
         pg_catalog.pg_has_role(a.usesysid, own.usesysid, 'MEMBER') AS trusted
    FROM pg_catalog.unnest($1::pg_catalog.int4[]) AS asked (pid),
         LATERAL pg_catalog.pg_stat_get_activity(asked.pid) a,
         pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) own`;

/**
 * $1 and $2 the lock's upper and lower half.
 *
 * A transaction id only grows, needs no table and no sequence, and can be drawn by an ordinary role in a read-only
 * transaction. The logical message makes the commit write WAL, and so flush it: without that the id could be given out
 * once more after a crash.
 *
 * `synchronous_commit`, for this transaction: a term must not be forgotten in a crash, whatever the role's default is. Not
 * `on`: a commit that waits for an absent synchronous standby is ended by no timeout, and would keep the lock beyond the
 * death of its holder.
 */
export const DRAW_TERM = `
  SELECT EXISTS (SELECT ${GRANTED_LOCK} AND l.pid = pg_catalog.pg_backend_pid()) AS held,
         pg_catalog.pg_current_xact_id()::pg_catalog.text AS term,
         pg_catalog.set_config('synchronous_commit', 'local', true),
         pg_catalog.pg_logical_emit_message(true, 'nestjs-leader-election', '')`;

/** The same, with $3 the channel and $4 the announcement. */
export const DRAW_TERM_AND_ANNOUNCE = `${DRAW_TERM}, pg_catalog.pg_notify($3, $4)`;

/** $1 the lock. */
export const UNLOCK = 'SELECT pg_catalog.pg_advisory_unlock($1::pg_catalog.int8)';

/** $1 the lock, $2 the channel, $3 the announcement, delivered when the lock is already free. */
export const UNLOCK_AND_ANNOUNCE = `
  SELECT pg_catalog.pg_advisory_unlock($1::pg_catalog.int8), pg_catalog.pg_notify($2, $3)`;

/** $1 the channel, $2 the announcements. */
export const ANNOUNCE =
  'SELECT pg_catalog.pg_notify($1, a) FROM pg_catalog.unnest($2::pg_catalog.text[]) a';

/** $1 and $2 the upper and lower half of a lock, $3 the process: ended only if it holds the lock. */
export const TERMINATE_HOLDER = `
  SELECT pg_catalog.pg_terminate_backend(l.pid) AS ended ${GRANTED_LOCK} AND l.pid = $3`;
