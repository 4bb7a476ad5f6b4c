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
 * What a session is beside its data: its locks and settings, what it listens to, what it has prepared. The statements of a
 * transaction are the user's and may change all of that; after the transaction it is what it was.
 *
 * @internal
 */
export class SessionState {
  /** The advisory locks that are ours. */
  readonly locks: Set<bigint>;
  readonly #client: pg.Client;
  /** What the first transaction found. */
  #found: { readonly lease: Row; readonly calls: string } | undefined;
  /** How durable the commit is to be. */
  #synchronousCommit = 'on';
  #lostLock: TransactionError | undefined;

  constructor(client: pg.Client, token: bigint) {
    this.#client = client;
    this.locks = new Set([token]);
  }

  /** Before a transaction: takes down, once for a session, what the transaction must leave as it is. */
  async note(): Promise<void> {
    if (this.#found) return;
    const [lease = {}, own] = await this.#rows(DESCRIBE_SETTINGS);
    this.#found = { lease, calls: own?.['calls'] as string };
  }

  /**
   * Before the commit: makes the session what it was, within the transaction.
   *
   * @throws TransactionError when the transaction must not be committed, for what it did to the session
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
   * Also after a `restore` that has thrown.
   *
   * @throws TransactionError when a lock was lost: the session must not be used any more
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

  /** The server has forgotten it as well, so `pg` must prepare it again. */
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

  /** Several statements in one query give one result each, which the types do not know. */
  async #results(text: string): Promise<readonly pg.QueryResult<Row>[]> {
    const results: unknown = await this.#client.query(text);
    return results as readonly pg.QueryResult<Row>[];
  }
}

function settingChanged(name: string, found: unknown, expected: unknown): TransactionError {
  return new TransactionError(
    `A statement of the transaction has set ${name} to ${stringOf(found)}, so it was rolled back instead of committed: by this ` +
      `setting (${stringOf(expected)}) the server knows when a leader is gone. Leave it as it is`,
    'rolled back',
  );
}

function lockLost(): TransactionError {
  return new TransactionError(
    'A statement of the transaction has given away a lock by which this instance takes part in elections, as ' +
      'pg_advisory_unlock_all() does, so it was rolled back instead of committed, and the leadership is over. Free ' +
      'locks of your own one by one, or take them with pg_advisory_xact_lock()',
    'rolled back',
  );
}
