import type pg from 'pg';
import { stringOf } from '../common/thrown.js';
import { TransactionError } from '../session/open-transaction.js';
import {
  commitAs,
  DESCRIBE_SETTINGS,
  restoreSession,
  rollbackAndRestore,
} from './session-statements.js';
import { TRY_LOCKS } from './statements.js';

type Row = Readonly<Record<string, unknown>>;

/**
 * The state of a session: its locks, settings, channels and prepared statements. The application's statements in a
 * transaction may change all of it; after the transaction, it is restored.
 *
 * @internal
 */
export class SessionState {
  /** The advisory locks that this session holds. */
  readonly locks: Set<bigint>;
  readonly #client: pg.Client;
  /** The state before the first transaction. */
  #found: { readonly lease: Row; readonly calls: string } | undefined;
  /** The `synchronous_commit` for the commit. */
  #synchronousCommit = 'on';
  #lostLock: TransactionError | undefined;

  constructor(client: pg.Client, token: bigint) {
    this.#client = client;
    this.locks = new Set([token]);
  }

  /** Called before a transaction. Notes, once per session, the state that transactions must not change. */
  async note(): Promise<void> {
    if (this.#found) return;
    const [lease = {}, own] = await this.#rows(DESCRIBE_SETTINGS);
    this.#found = { lease, calls: own?.['calls'] as string };
  }

  /**
   * Called before the commit. Restores the session state within the transaction.
   *
   * @throws TransactionError when the transaction must not be committed because of what it did to the session
   */
  async restore(): Promise<void> {
    const { calls, lease } = this.#found ?? { calls: 'NULL', lease: {} };
    const [settings = {}, ...others] = await this.#restored(restoreSession(calls, this.locks));
    this.#expectLocks(others);
    for (const [name, value] of Object.entries(lease)) {
      if (settings[name] !== value) throw settingChanged(name, settings[name], value);
    }
    this.#synchronousCommit = settings['synchronous_commit'] as string;
  }

  async commit(): Promise<pg.QueryResult> {
    return (await this.#results(commitAs(this.#synchronousCommit))).at(-1) as pg.QueryResult;
  }

  /**
   * Rolls back and restores the session state, even after a failed `restore`.
   *
   * @throws TransactionError when a lock was lost: the session must no longer be used
   */
  async rollBack(): Promise<void> {
    this.#expectLocks(await this.#restored(rollbackAndRestore(this.locks)));
  }

  async #restored(text: string): Promise<Row[]> {
    try {
      return await this.#rows(text);
    } finally {
      this.#forgetPrepared();
    }
  }

  /** The server has dropped the prepared statement, so `pg` must prepare it again. */
  #forgetPrepared(): void {
    const { connection } = this.#client as unknown as {
      connection: { parsedStatements: Record<string, string> };
    };
    delete connection.parsedStatements[TRY_LOCKS.name];
  }

  #expectLocks(rows: readonly Row[]): void {
    if (rows.filter(({ held }) => held === true).length < this.locks.size)
      this.#lostLock ??= lockLost();
    if (this.#lostLock) throw this.#lostLock;
  }

  async #rows(text: string): Promise<Row[]> {
    return (await this.#results(text)).flatMap(({ rows }) => rows);
  }

  /** Several statements in one query return an array of results, which the types do not declare. */
  async #results(text: string): Promise<readonly pg.QueryResult<Row>[]> {
    const results: unknown = await this.#client.query(text);
    return results as readonly pg.QueryResult<Row>[];
  }
}

function settingChanged(name: string, found: unknown, expected: unknown): TransactionError {
  return new TransactionError(
    `A statement in the transaction set ${name} to ${stringOf(found)}, so the transaction was rolled back: with this setting ` +
      `(${stringOf(expected)}) the server detects a dead leader. Don't change it`,
    'rolled back',
  );
}

function lockLost(): TransactionError {
  return new TransactionError(
    'A statement in the transaction released a lock that the election needs, as pg_advisory_unlock_all() does, so the ' +
      'transaction was rolled back and the leadership is over. Release your own locks one by one, or take them with ' +
      'pg_advisory_xact_lock()',
    'rolled back',
  );
}
