/**
 * Lets one statement be under way at a time, in the order in which they were asked for.
 *
 * @internal
 */
export class StatementQueue {
  /** Whose turn it is: a statement, or several that belong together. */
  #turns: Promise<unknown> = Promise.resolve();
  /** The statements of the turn, and those that need no turn, one at a time. */
  #statements: Promise<unknown> = Promise.resolve();

  /** Begins `work` when those before it have settled: its statements belong together. */
  takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  /** Sends a statement when the one under way has settled: one of the turn, or one that may come between them. */
  send<T>(statement: () => Promise<T>): Promise<T> {
    const answer = this.#statements.then(statement);
    this.#statements = answer.catch(() => undefined);
    return answer;
  }
}
