/** The SQL that restores the session state after a transaction. As in statements.ts, all names are schema-qualified. */
import { DIFFERS, EQUALS } from './sql.js';
import { CHANNEL } from './statements.js';

/** The settings that decide when the server ends a session. */
const LEASE_SETTINGS = [
  'idle_session_timeout',
  'idle_in_transaction_session_timeout',
  'transaction_timeout',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_keepalives_count',
  'tcp_user_timeout',
];

/** Null for a setting that the server does not know. */
const LEASE = LEASE_SETTINGS.map(
  (name) => `pg_catalog.current_setting('${name}', true) AS ${name}`,
).join(', ');

/** Settings of a single transaction, which RESET ALL does not change. */
const OF_A_TRANSACTION = [
  'transaction_isolation',
  'transaction_read_only',
  'transaction_deferrable',
];

/**
 * Two results: the settings of the lease, and the calls that restore what this session has set and RESET ALL would
 * undo.
 */
export const DESCRIBE_SETTINGS = `
  SELECT ${LEASE};
  SELECT pg_catalog.string_agg(pg_catalog.format('pg_catalog.set_config(%L, %L, false)', own.name, own.setting), ', ') AS calls
    FROM pg_catalog.pg_settings own
   WHERE own.source ${EQUALS} 'session' AND own.name ${DIFFERS} ALL ('{${OF_A_TRANSACTION.join()}}'::pg_catalog.text[])`;

/**
 * Runs the parts of DISCARD ALL, which can't run in a transaction, but keeps the locks and restores the settings of the
 * session. `calls` are the ones of {@link DESCRIBE_SETTINGS}.
 *
 * First, it runs deferred constraints, as the role that deferred them, and closes cursors: after that, no code of the
 * application runs. The first row contains the settings of the lease, and `synchronous_commit`, as the transaction
 * leaves them. Earlier minor versions need RESET ROLE as well.
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

/** Also restores the state that a rollback does not undo. */
export function rollbackAndRestore(locks: Iterable<bigint>): string {
  return `ROLLBACK; ${restoreBeyondRollback(locks)}`;
}

function restoreBeyondRollback(locks: Iterable<bigint>): string {
  return `DEALLOCATE ALL; DISCARD SEQUENCES; ${holdOnly(locks)}`;
}

/**
 * Makes these the only advisory locks of the session, each held once: repeated locks stack and would need as many
 * unlocks. `held` tells whether the session still held a lock.
 *
 * Runs in one transaction, which holds the locks while the session releases them, so that no other session can take
 * them.
 */
function holdOnly(locks: Iterable<bigint>): string {
  const keys = `pg_catalog.unnest('{${[...locks].join()}}'::pg_catalog.int8[]) key`;
  return `
    SELECT pg_catalog.pg_try_advisory_xact_lock(key) FROM ${keys};
    SELECT pg_catalog.pg_advisory_unlock(key) AS held FROM ${keys};
    SELECT pg_catalog.pg_advisory_unlock_all();
    SELECT pg_catalog.pg_try_advisory_lock(key) FROM ${keys}`;
}

/** Commits with the `synchronous_commit` of the application's transaction. */
export function commitAs(synchronousCommit: string): string {
  return `SELECT pg_catalog.set_config('synchronous_commit', '${synchronousCommit}', true); COMMIT`;
}
