/** The SQL of those who look at elections from outside. As in statements.ts, every function is named with its schema. */
import {
  CHANNEL,
  GRANTED_LOCK,
  GRANTED_LOCKS,
  ROLL_CALL_CHANNEL,
  THIS_DATABASE,
} from './statements.js';

export const LISTEN = `LISTEN ${CHANNEL}; LISTEN ${ROLL_CALL_CHANNEL}`;

/** For how many milliseconds a session has sent nothing; null where this role may not see that. */
const SILENCE =
  "1000 * pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.state_change) AS silence";

/** As the server itself takes the two halves for one key. */
const KEY = '((l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8)';

/**
 * $1 the tags (the upper 16 bits) of the keys, $2 further keys.
 *
 * The name of a session may be seen by everybody, what it did last only by its own role and those that may see all
 * statistics.
 */
export const HELD_LOCKS = `
  SELECT held.pid, held.key::pg_catalog.text AS key, a.application_name, ${SILENCE}
    FROM (SELECT l.pid, ${KEY} AS key ${GRANTED_LOCKS}) held
    LEFT JOIN LATERAL pg_catalog.pg_stat_get_activity(held.pid) a ON true
   WHERE ((held.key >> 48) & 65535) = ANY ($1::pg_catalog.int8[]) OR held.key = ANY ($2::pg_catalog.int8[])
   ORDER BY held.key, held.pid`;

/** $1 how the names of instances' sessions begin. */
export const SESSIONS = `
  SELECT a.pid, a.application_name, ${SILENCE}
    FROM pg_catalog.pg_stat_get_activity(NULL) a
   WHERE a.datid = ${THIS_DATABASE} AND pg_catalog.starts_with(a.application_name, $1)
     AND a.pid <> pg_catalog.pg_backend_pid()
   ORDER BY a.pid`;

/** $1 and $2 the lock's upper and lower half, $3 the process: ended only if it still holds the lock. */
export const TERMINATE_HOLDER = `
  SELECT pg_catalog.pg_terminate_backend(l.pid) AS ended ${GRANTED_LOCK} AND l.pid = $3`;
