/**
 * Sends one statement at a time, in the order of the calls.
 *
 * @internal
 */
export class StatementQueue {
  /** The queue of turns. A turn is a statement or a group of statements. */
  #turns: Promise<unknown> = Promise.resolve();
  /** The queue of the statements themselves: those of the current turn, and those that need no turn. */
  #statements: Promise<unknown> = Promise.resolve();

  /** Starts `work`, a group of statements, when all earlier turns have settled. */
  takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  /** Sends a statement when the pending one has settled: one of the current turn, or one that needs no turn. */
  send<T>(statement: () => Promise<T>): Promise<T> {
    const answer = this.#statements.then(statement);
    this.#statements = answer.catch(() => undefined);
    return answer;
  }
}
