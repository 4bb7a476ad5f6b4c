/** The SQL of an election. See sql.ts for the rules of all SQL. */
import { EQUALS, GRANTED_LOCK, GRANTED_LOCKS, KEY, OURS, SILENCE, since } from './sql.js';

/** The channel for all announcements in a database. */
export const CHANNEL = 'nestjs_leader_election';

/** The channel for instance reports. No instance listens to it, so a report costs the others nothing. */
export const REPORT_CHANNEL = 'nestjs_leader_election_roll_call';

/** The cheapest heartbeat: an empty query resets `idle_session_timeout`. */
export const HEARTBEAT = '';

/** The heartbeat through a pooler, which also shows whether the backend is still the same. */
export const POOLED_HEARTBEAT = 'SELECT pg_catalog.pg_backend_pid() AS pid';

/**
 * $1: the locks of the elections; $2: their heir locks; $3: whether the heir lock is wanted too.
 *
 * CASE tries the second lock only if the first is taken.
 */
export const TRY_LOCKS = {
  name: 'nestjs_leader_election_try_locks',
  text: `
    SELECT CASE WHEN pg_catalog.pg_try_advisory_lock(t.lock) THEN 'lock'
                WHEN t.wanted THEN CASE WHEN pg_catalog.pg_try_advisory_lock(t.heir) THEN 'heir' END
           END AS granted
      FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.int8[]), pg_catalog.unnest($2::pg_catalog.int8[]),
                      pg_catalog.unnest($3::pg_catalog.bool[]))
           WITH ORDINALITY AS t (lock, heir, wanted, position)
     ORDER BY t.position`,
};

/**
 * $1: the locks, in the order in which to try them.
 *
 * Without a sort, the scan ends at the first row that passes the filter, so at most one lock is taken.
 */
export const TAKE_ONE = `
  SELECT t.key FROM pg_catalog.unnest($1::pg_catalog.int8[]) t (key)
   WHERE pg_catalog.pg_try_advisory_lock(t.key) LIMIT 1`;

/**
 * $1: the locks. Returns one row per lock, in their order.
 *
 * Every statement, even an empty one, updates the `state_change` of its session. Only the session's own role, and roles
 * that can read all statistics, can see it. At most one session can hold an exclusive lock.
 */
export const HOLDERS = `
  SELECT held.pid,
         CASE WHEN held.pid IS NOT NULL
              THEN (SELECT ${SILENCE} FROM pg_catalog.pg_stat_get_activity(held.pid) a) END AS silence
    FROM pg_catalog.unnest($1::pg_catalog.int8[]) WITH ORDINALITY AS wanted (key, position)
    LEFT JOIN (SELECT l.pid, ${KEY} AS key ${GRANTED_LOCKS} AND l.mode ${EQUALS} 'ExclusiveLock') held
           ON held.key ${EQUALS} wanted.key
   ORDER BY wanted.position`;

/**
 * $1: PIDs of backends. Every role can see the role of a session. Only that role, and roles that can read all
 * statistics, can see when the session started. A superuser is a member of every role.
 */
export const SENDERS = `
  SELECT a.pid,
         ${since('a.backend_start')} AS age,
         pg_catalog.pg_has_role(a.usesysid, own.usesysid, 'MEMBER') AS trusted
    FROM pg_catalog.unnest($1::pg_catalog.int4[]) AS asked (pid),
         LATERAL pg_catalog.pg_stat_get_activity(asked.pid) a,
         pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) own`;

/**
 * $1: the locks, all of which this session must hold.
 *
 * The term is a transaction ID: it only grows, needs no table or sequence, and any role can draw one, even in a
 * read-only transaction. One ID serves several elections, because it is greater than all earlier terms of each. The
 * logical message makes the commit write and flush WAL: without it, the server could assign the same ID again after a
 * crash.
 *
 * Sets `synchronous_commit` for this transaction: a crash must not lose a term, whatever the role's default is. It is
 * not `on`: no timeout ends a commit that waits for a missing synchronous standby, so the session would keep the lock
 * after its holder has died.
 */
export const DRAW_TERMS = `
  SELECT NOT EXISTS (SELECT FROM pg_catalog.unnest($1::pg_catalog.int8[]) wanted (key)
                      WHERE NOT EXISTS (SELECT ${GRANTED_LOCKS} AND ${OURS} AND ${KEY} ${EQUALS} wanted.key)) AS held,
         pg_catalog.pg_current_xact_id()::pg_catalog.text AS term,
         pg_catalog.set_config('synchronous_commit', 'local', true),
         pg_catalog.pg_logical_emit_message(true, 'nestjs-leader-election', '')`;

/** Sends all announcements, as a column of another statement. */
const announced = (channel: string, announcements: string) => `
  (SELECT pg_catalog.count(pg_catalog.pg_notify(${channel}, a))
     FROM pg_catalog.unnest(${announcements}::pg_catalog.text[]) a) AS announced`;

/** Draws terms and sends announcements; $2: the channel; $3: the announcements. */
export const DRAW_TERMS_AND_ANNOUNCE = `${DRAW_TERMS}, ${announced('$2', '$3')}`;

/** $1: the locks. */
export const UNLOCK = `
  SELECT pg_catalog.count(pg_catalog.pg_advisory_unlock(key)) AS freed
    FROM pg_catalog.unnest($1::pg_catalog.int8[]) key`;

/** $1: the locks; $2: the channel; $3: the announcements, which are delivered after the locks are free. */
export const UNLOCK_AND_ANNOUNCE = `SELECT (${UNLOCK}) AS freed, ${announced('$2', '$3')}`;

/** $1: the channel; $2: the announcements. */
export const ANNOUNCE =
  'SELECT pg_catalog.pg_notify($1, a) FROM pg_catalog.unnest($2::pg_catalog.text[]) a';

/** The SQLSTATE if the notification queue is full. */
export const QUEUE_FULL = '54000';

/**
 * Cleans up the notification queue. After it was full, the server keeps refusing notifications even when all listeners
 * have read them: only a successful notification would remove read entries, and this query does so too.
 */
export const SHORTEN_QUEUE = 'SELECT pg_catalog.pg_notification_queue_usage()';

/** $1 and $2: the upper and lower half of a key; $3: a PID. Terminates the backend only if it holds the lock. */
export const TERMINATE_HOLDER = `
  SELECT pg_catalog.pg_terminate_backend(l.pid) AS ended ${GRANTED_LOCK} AND l.pid ${EQUALS} $3::pg_catalog.int4`;
