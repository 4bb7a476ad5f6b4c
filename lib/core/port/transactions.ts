/**
 * The outcome of an application's statement. An error of the statement is an answer too: it does not end the session.
 */
export type Answer =
  | { readonly command: string; readonly rows: unknown[]; readonly rowCount: number | null }
  | { readonly error: Error };

/**
 * Runs transactions of the application on the session that holds the locks.
 *
 * @internal
 */
export interface Transactions {
  /** Begins a transaction. `query`, `restore`, `commit` and `rollback` then belong to it. */
  begin(): Promise<Answer>;
  query(text: string, values: readonly unknown[]): Promise<Answer>;
  /**
   * Restores the session state from before the transaction; call it before `commit`. The answer is an error if the
   * transaction can't be committed; its command is ROLLBACK if a statement had failed. In both cases, only `rollback`
   * may follow.
   */
  restore(): Promise<Answer>;
  /** Commits. The command of the answer is COMMIT on success. The answer is an error if nothing was committed. */
  commit(): Promise<Answer>;
  /** Rolls back and restores the session state. Rejects if that is impossible because a lock was lost. */
  rollback(): Promise<void>;
}
