/** The SQL for inspecting elections from outside. See sql.ts for the rules of all SQL. */
import { DIFFERS, EQUALS, GRANTED_LOCKS, KEY, SILENCE, tagOf, THIS_DATABASE } from './sql.js';

/**
 * $1: tags (the upper 16 bits of keys); $2: further keys.
 *
 * Every role can see the name of a session. Only its own role, and roles that can read all statistics, can see its last
 * activity.
 */
export const HELD_LOCKS = `
  SELECT held.pid, held.key::pg_catalog.text AS key, a.application_name, ${SILENCE} AS silence
    FROM (SELECT l.pid, ${KEY} AS key ${GRANTED_LOCKS}) held
    LEFT JOIN LATERAL pg_catalog.pg_stat_get_activity(held.pid) a ON true
   WHERE ${tagOf('held.key')} ${EQUALS} ANY ($1::pg_catalog.int8[])
      OR held.key ${EQUALS} ANY ($2::pg_catalog.int8[])
   ORDER BY held.key, held.pid`;

/** $1: the prefix of the names of instances' sessions. */
export const SESSIONS = `
  SELECT a.pid, a.application_name, ${SILENCE} AS silence
    FROM pg_catalog.pg_stat_get_activity(NULL) a
   WHERE a.datid ${EQUALS} ${THIS_DATABASE} AND pg_catalog.starts_with(a.application_name, $1)
     AND a.pid ${DIFFERS} pg_catalog.pg_backend_pid()
   ORDER BY a.pid`;

/** $1: the PID of a leader's backend. Whether the leader accepts a resign request from this role. */
export const MAY_ASK = `
  SELECT pg_catalog.pg_has_role(own.usesysid, a.usesysid, 'MEMBER') AS may_ask
    FROM pg_catalog.pg_stat_get_activity($1) a,
         pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) own`;
