import type { Cancel, Clock } from './clock.js';
import type { Random } from './jitter.js';

/** @internal */
export interface Pace {
  readonly clock: Clock;
  readonly random: Random;
  /** The longest random delay before acting, in milliseconds, so that a fleet does not act at the same time. */
  readonly within: number;
  /** The shortest time between two actions, in milliseconds. */
  readonly every: number;
}

/**
 * Throttles an action that any client can trigger. One action serves all requests that arrive before it, and only one
 * runs at a time. So a flood of requests does not cause a flood of actions, even if each of them has to wait.
 *
 * @internal
 */
export class Throttle {
  readonly #pace: Pace;
  readonly #act: () => unknown;
  #lastAt = -Infinity;
  #cancel: Cancel | undefined;
  #isUnderWay = false;
  /** Whether there was a request while the action was running. */
  #isAskedAgain = false;

  /** @param act the action; it must report its own failures, because a rejection is ignored */
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
