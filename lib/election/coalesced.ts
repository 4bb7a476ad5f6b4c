import type { Random } from './backoff.js';
import type { Cancel, Clock } from './clock.js';

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
 * Does what anybody may ask for: once for all who ask until then, and no more often however often it is asked for. So a
 * flood of questions does not become a flood of answers.
 *
 * @internal
 */
export class Coalesced {
  readonly #pace: Pace;
  readonly #act: () => void;
  #lastAt = -Infinity;
  #cancel: Cancel | undefined;

  constructor(pace: Pace, act: () => void) {
    this.#pace = pace;
    this.#act = act;
  }

  ask(): void {
    if (this.#cancel) return;
    const { clock, every, random, within } = this.#pace;
    const pause = Math.max(0, this.#lastAt + every - clock.now().monotonic);
    this.#cancel = clock.after(pause + within * random(), () => {
      this.#cancel = undefined;
      this.#lastAt = clock.now().monotonic;
      this.#act();
    });
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
