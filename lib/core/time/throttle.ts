import type { Cancel, Clock } from './clock.js';
import type { Random } from './jitter.js';

/** @internal */
export interface Pace {
  readonly clock: Clock;
  readonly random: Random;
  /** Acts within so many milliseconds, at random, so that a fleet does not act together. */
  readonly within: number;
  /** At least so many milliseconds lie between two acts. */
  readonly every: number;
}

/**
 * Does what anybody may ask for: once for all who ask until then, one at a time, and no more often however often it is asked
 * for. So a flood of questions does not become a flood of answers, not even where each of them has to wait.
 *
 * @internal
 */
export class Throttle {
  readonly #pace: Pace;
  readonly #act: () => unknown;
  #lastAt = -Infinity;
  #cancel: Cancel | undefined;
  #isUnderWay = false;
  /** Somebody asked while it was under way. */
  #isAskedAgain = false;

  /** @param act what it rejects with, it must have reported itself */
  constructor(pace: Pace, act: () => unknown) {
    this.#pace = pace;
    this.#act = act;
  }

  ask(): void {
    if (this.#cancel) return;
    if (this.#isUnderWay) {
      this.#isAskedAgain = true;
      return;
    }
    const { clock, every, random, within } = this.#pace;
    const pause = Math.max(0, this.#lastAt + every - clock.now().monotonic);
    this.#cancel = clock.after(pause + within * random(), () => {
      this.#cancel = undefined;
      this.#lastAt = clock.now().monotonic;
      this.#begin();
    });
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isAskedAgain = false;
  }

  #begin(): void {
    this.#isUnderWay = true;
    const ended = () => {
      this.#isUnderWay = false;
      if (!this.#isAskedAgain) return;
      this.#isAskedAgain = false;
      this.ask();
    };
    const underWay = async () => {
      await this.#act();
    };
    underWay().then(ended, ended);
  }
}
