/** How much longer than at first, at most. */
const MOST = 5;

/**
 * How long an attempt may take whose server has accepted the connection, but not answered yet.
 *
 * A server that starts again under a large fleet lets in fewer at a time than want to. If all of them gave up and came
 * again after the same time, it would have worked for those that have left, and nobody would ever get in. So whoever
 * gives up waits twice as long the next time.
 *
 * Whoever does not even reach the server does not: that is a network that is cut, where an attempt which started before
 * it healed would only take longer to notice.
 *
 * @internal
 */
export class Patience {
  readonly #first: number;
  #milliseconds: number;

  /** @param first the first time, in milliseconds */
  constructor(first: number) {
    this.#first = first;
    this.#milliseconds = first;
  }

  /** In milliseconds. */
  get milliseconds(): number {
    return this.#milliseconds;
  }

  ranOut(): void {
    this.#milliseconds = Math.min(2 * this.#milliseconds, MOST * this.#first);
  }

  wasRewarded(): void {
    this.#milliseconds = this.#first;
  }
}
