/** What a user's statement came to. An error of the statement is an answer too: it does not end the session. */
export type Answer =
  | { readonly command: string; readonly rows: unknown[]; readonly rowCount: number | null }
  | { readonly error: Error };

/**
 * Transactions on the session that holds the locks, with statements of the application.
 *
 * @internal
 */
export interface Transactions {
  /** Begins a transaction, to which `query`, `restore`, `commit` and `rollback` belong. */
  begin(): Promise<Answer>;
  query(text: string, values: readonly unknown[]): Promise<Answer>;
  /**
   * Makes the session what it was before the transaction, whatever its statements have changed beside the data; to be
   * called before `commit`. An error, where the transaction can't be committed; the command is ROLLBACK where a statement had
   * failed. Then nothing but `rollback` may follow.
   */
  restore(): Promise<Answer>;
  /** The answer's command is COMMIT, if it has. An error, where nothing was committed. */
  commit(): Promise<Answer>;
  /** Also makes the session what it was. Rejects when that can't be: a lock has got lost. */
  rollback(): Promise<void>;
}
