import { type Random } from './backoff.js';
import type { Cancel } from './clock.js';
import type { Election } from './election.js';
import type { Session } from './session.js';

/** Newcomers ask, and leaders answer, within these many milliseconds, so that one question and one answer serve many. */
const ASK_WITHIN = 200;
const ANSWER_WITHIN = 100;

/**
 * Who leads? A newcomer has missed the announcement of the current leader, so it asks once, and leaders introduce
 * themselves to everybody.
 *
 * @internal
 */
export class RollCall {
  readonly #session: Session;
  readonly #elections: readonly Election[];
  readonly #random: Random;
  #cancelQuestion: Cancel | undefined;
  #cancelAnswer: Cancel | undefined;

  constructor(session: Session, elections: readonly Election[], random: Random) {
    this.#session = session;
    this.#elections = elections;
    this.#random = random;
    session.onEnd(() => {
      this.#cancelQuestion?.();
      this.#cancelAnswer?.();
    });
  }

  /** Asks, unless everything is known by then or another asks first: all of us hear the answer. */
  ask(): void {
    this.#cancelQuestion = this.#session.clock.after(ASK_WITHIN * this.#random(), () => {
      if (this.#elections.every((election) => election.leader)) return;
      this.#session
        .run((connection) => connection.announce([{ type: 'roll-call' }]))
        .catch(() => undefined);
    });
  }

  /** Somebody asks. */
  heard(): void {
    this.#cancelQuestion?.();
    if (this.#cancelAnswer) return;
    this.#cancelAnswer = this.#session.clock.after(ANSWER_WITHIN * this.#random(), () => {
      this.#cancelAnswer = undefined;
      const introductions = this.#elections.flatMap((election) => election.introduction ?? []);
      if (introductions.length === 0) return;
      this.#session.run((connection) => connection.announce(introductions)).catch(() => undefined);
    });
  }
}
