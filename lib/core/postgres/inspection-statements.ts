/** The SQL of those who look at elections from outside. How it is written, and why so, stands in sql.ts. */
import { DIFFERS, EQUALS, GRANTED_LOCKS, KEY, SILENCE, tagOf, THIS_DATABASE } from './sql.js';

/**
 * $1 the tags (the upper 16 bits) of the keys, $2 further keys.
 *
 * The name of a session may be seen by everybody, what it did last only by its own role and those that may see all
 * statistics.
 */
export const HELD_LOCKS = `
  SELECT held.pid, held.key::pg_catalog.text AS key, a.application_name, ${SILENCE} AS silence
    FROM (SELECT l.pid, ${KEY} AS key ${GRANTED_LOCKS}) held
    LEFT JOIN LATERAL pg_catalog.pg_stat_get_activity(held.pid) a ON true
   WHERE ${tagOf('held.key')} ${EQUALS} ANY ($1::pg_catalog.int8[])
      OR held.key ${EQUALS} ANY ($2::pg_catalog.int8[])
   ORDER BY held.key, held.pid`;

/** $1 how the names of instances' sessions begin. */
export const SESSIONS = `
  SELECT a.pid, a.application_name, ${SILENCE} AS silence
    FROM pg_catalog.pg_stat_get_activity(NULL) a
   WHERE a.datid ${EQUALS} ${THIS_DATABASE} AND pg_catalog.starts_with(a.application_name, $1)
     AND a.pid ${DIFFERS} pg_catalog.pg_backend_pid()
   ORDER BY a.pid`;

/** $1 the process of a leader: whether it obeys a request to resign from this role. */
export const MAY_ASK = `
  SELECT pg_catalog.pg_has_role(own.usesysid, a.usesysid, 'MEMBER') AS may_ask
    FROM pg_catalog.pg_stat_get_activity($1) a,
         pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) own`;
