/** The SQL of an election. How it is written, and why so, stands in sql.ts. */
import { EQUALS, GRANTED_LOCK, GRANTED_LOCKS, KEY, OURS, SILENCE, since } from './sql.js';

/** The one channel of all announcements in a database. */
export const CHANNEL = 'nestjs_leader_election';

/** The channel on which instances report. No instance listens to it, so an answer costs the others nothing. */
export const REPORT_CHANNEL = 'nestjs_leader_election_roll_call';

/** The cheapest sign of life: an empty query resets `idle_session_timeout`. */
export const HEARTBEAT = '';

/** The sign of life through a pooler: also shows whether the session is still the same. */
export const POOLED_HEARTBEAT = 'SELECT pg_catalog.pg_backend_pid() AS pid';

/**
 * $1 the elections' locks, $2 their heirs' locks, $3 whether those are wanted too.
 *
 * CASE tries the second only where the first is taken.
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
 * $1 the locks, in the order in which they are tried.
 *
 * A scan that nothing sorts ends with the first row that passes, so no more than one lock is taken.
 */
export const TAKE_ONE = `
  SELECT t.key FROM pg_catalog.unnest($1::pg_catalog.int8[]) t (key)
   WHERE pg_catalog.pg_try_advisory_lock(t.key) LIMIT 1`;

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
    LEFT JOIN (SELECT l.pid, ${KEY} AS key ${GRANTED_LOCKS} AND l.mode ${EQUALS} 'ExclusiveLock') held
           ON held.key ${EQUALS} wanted.key
   ORDER BY wanted.position`;

/**
 * $1 processes of the server. Everybody may see the role of a session; when it began, only that role itself and those that
 * may see all statistics. A superuser is a member of every role.
 */
export const SENDERS = `
  SELECT a.pid,
         ${since('a.backend_start')} AS age,
         pg_catalog.pg_has_role(a.usesysid, own.usesysid, 'MEMBER') AS trusted
    FROM pg_catalog.unnest($1::pg_catalog.int4[]) AS asked (pid),
         LATERAL pg_catalog.pg_stat_get_activity(asked.pid) a,
         pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) own`;

/**
 * $1 the locks, of which each is to be one of ours.
 *
 * A transaction id only grows, needs no table and no sequence, and can be drawn by an ordinary role in a read-only
 * transaction. One serves several elections: it is greater than all that any of them has had. The logical message makes the
 * commit write WAL, and so flush it: without that the id could be given out once more after a crash.
 *
 * `synchronous_commit`, for this transaction: a term must not be forgotten in a crash, whatever the role's default is. Not
 * `on`: a commit that waits for an absent synchronous standby is ended by no timeout, and would keep the lock beyond the
 * death of its holder.
 */
export const DRAW_TERMS = `
  SELECT NOT EXISTS (SELECT FROM pg_catalog.unnest($1::pg_catalog.int8[]) wanted (key)
                      WHERE NOT EXISTS (SELECT ${GRANTED_LOCKS} AND ${OURS} AND ${KEY} ${EQUALS} wanted.key)) AS held,
         pg_catalog.pg_current_xact_id()::pg_catalog.text AS term,
         pg_catalog.set_config('synchronous_commit', 'local', true),
         pg_catalog.pg_logical_emit_message(true, 'nestjs-leader-election', '')`;

/** Makes all announcements, in the column of another statement. */
const announced = (channel: string, announcements: string) => `
  (SELECT pg_catalog.count(pg_catalog.pg_notify(${channel}, a))
     FROM pg_catalog.unnest(${announcements}::pg_catalog.text[]) a) AS announced`;

/** The same, with $2 the channel and $3 the announcements. */
export const DRAW_TERMS_AND_ANNOUNCE = `${DRAW_TERMS}, ${announced('$2', '$3')}`;

/** $1 the locks. */
export const UNLOCK = `
  SELECT pg_catalog.count(pg_catalog.pg_advisory_unlock(key)) AS freed
    FROM pg_catalog.unnest($1::pg_catalog.int8[]) key`;

/** $1 the locks, $2 the channel, $3 the announcements, delivered when the locks are already free. */
export const UNLOCK_AND_ANNOUNCE = `SELECT (${UNLOCK}) AS freed, ${announced('$2', '$3')}`;

/** $1 the channel, $2 the announcements. */
export const ANNOUNCE =
  'SELECT pg_catalog.pg_notify($1, a) FROM pg_catalog.unnest($2::pg_catalog.text[]) a';

/** The code of the error when there are too many notifications in the queue. */
export const QUEUE_FULL = '54000';

/**
 * A server that has refused a notification because its queue was full goes on refusing, also when all listeners have read
 * it: only the next notification would remove what was read, and this question does as well.
 */
export const SHORTEN_QUEUE = 'SELECT pg_catalog.pg_notification_queue_usage()';

/** $1 and $2 the upper and lower half of a lock, $3 the process: ended only if it holds the lock. */
export const TERMINATE_HOLDER = `
  SELECT pg_catalog.pg_terminate_backend(l.pid) AS ended ${GRANTED_LOCK} AND l.pid ${EQUALS} $3::pg_catalog.int4`;
