/** The SQL by which a session is after a transaction what it was before. As in statements.ts, everything is named with its schema. */
import { DIFFERS, EQUALS } from './sql.js';
import { CHANNEL } from './statements.js';

/** The settings by which the server decides when to end a session. */
const LEASE_SETTINGS = [
  'idle_session_timeout',
  'idle_in_transaction_session_timeout',
  'transaction_timeout',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_keepalives_count',
  'tcp_user_timeout',
];

/** Null where the server does not know a setting. */
const LEASE = LEASE_SETTINGS.map(
  (name) => `pg_catalog.current_setting('${name}', true) AS ${name}`,
).join(', ');

/** These belong to each transaction, and RESET ALL leaves them alone. */
const OF_A_TRANSACTION = [
  'transaction_isolation',
  'transaction_read_only',
  'transaction_deferrable',
];

/** The lease's settings in one row; in another, the calls that set again what this session has set, and RESET ALL would undo. */
export const DESCRIBE_SETTINGS = `
  SELECT ${LEASE};
  SELECT pg_catalog.string_agg(pg_catalog.format('pg_catalog.set_config(%L, %L, false)', own.name, own.setting), ', ') AS calls
    FROM pg_catalog.pg_settings own
   WHERE own.source ${EQUALS} 'session' AND own.name ${DIFFERS} ALL ('{${OF_A_TRANSACTION.join()}}'::pg_catalog.text[])`;

/**
 * What DISCARD ALL does, part for part, since that does not run in a transaction; except that the locks are kept, and what
 * the session has set is set again. `calls` are those of {@link DESCRIBE_SETTINGS}.
 *
 * First runs what was deferred to the commit, as the role that deferred it, and what a cursor would do there: after that,
 * nothing of the user's runs any more. The first row has the lease's settings as the transaction leaves them, and how durable
 * its commit is to be. Earlier minor versions need RESET ROLE as well.
 */
export function restoreSession(calls: string, locks: Iterable<bigint>): string {
  return `
    SET CONSTRAINTS ALL IMMEDIATE;
    CLOSE ALL;
    SELECT pg_catalog.current_setting('synchronous_commit') AS synchronous_commit, ${LEASE};
    SET SESSION AUTHORIZATION DEFAULT;
    RESET ROLE;
    RESET ALL;
    SELECT ${calls};
    UNLISTEN *;
    LISTEN ${CHANNEL};
    DISCARD TEMP;
    ${restoreBeyondRollback(locks)}`;
}

/** What a transaction changes beyond its end is not undone by a rollback either. */
export function rollbackAndRestore(locks: Iterable<bigint>): string {
  return `ROLLBACK; ${restoreBeyondRollback(locks)}`;
}

function restoreBeyondRollback(locks: Iterable<bigint>): string {
  return `DEALLOCATE ALL; DISCARD SEQUENCES; ${holdOnly(locks)}`;
}

/**
 * Makes these the only advisory locks of the session, each of them held once: locks that are taken again stack, and would
 * need as many unlocks. `held` says whether the session still had a lock.
 *
 * All in one transaction, which holds the locks too while the session releases them: nobody can take them in between.
 */
function holdOnly(locks: Iterable<bigint>): string {
  const keys = `pg_catalog.unnest('{${[...locks].join()}}'::pg_catalog.int8[]) key`;
  return `
    SELECT pg_catalog.pg_try_advisory_xact_lock(key) FROM ${keys};
    SELECT pg_catalog.pg_advisory_unlock(key) AS held FROM ${keys};
    SELECT pg_catalog.pg_advisory_unlock_all();
    SELECT pg_catalog.pg_try_advisory_lock(key) FROM ${keys}`;
}

/** The server answers a commit as soon as it is as durable as this setting of its transaction says. */
export function commitAs(synchronousCommit: string): string {
  return `SELECT pg_catalog.set_config('synchronous_commit', '${synchronousCommit}', true); COMMIT`;
}
