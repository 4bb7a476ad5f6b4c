import type { Timings } from '../model/timings.js';
import type { Clock } from '../time/clock.js';
import { jitter, type Random } from '../time/jitter.js';
import { waitFor } from '../time/wait.js';

/** For how long an instance whose `onElected` keeps failing does not contend at the most, in milliseconds. */
const LONGEST = 300_000;

interface Backoff {
  readonly milliseconds: number;
  /** Ends early when another is elected. An announcement is a hint, so it must not shorten a back-off. */
  readonly untilElected: boolean;
}

/**
 * When and for how long an instance does not contend, so that others can.
 *
 * @internal
 */
export class CampaignBackoff {
  readonly #setup: {
    readonly clock: Clock;
    readonly random: Random;
    readonly timings: Timings;
  };
  #backoff: Backoff | undefined;
  #over: (() => void) | undefined;
  /** How often in a row the duties could not be started. */
  #failedStarts = 0;

  constructor(setup: {
    readonly clock: Clock;
    readonly random: Random;
    readonly timings: Timings;
  }) {
    this.#setup = setup;
  }

  /** Until another leads, or it turns out that there is no other. */
  resigned(): void {
    const { random, timings } = this.#setup;
    this.#backoff = { milliseconds: jitter(timings.retryInterval, random), untilElected: true };
  }

  /** Doubles with each failure in a row; returns the milliseconds. */
  failed(termBegan: Date): number {
    const { clock, random, timings } = this.#setup;
    // Duties that ran for long before they failed may succeed again.
    if (clock.now().wall - termBegan.getTime() > LONGEST) this.#failedStarts = 0;
    this.#failedStarts += 1;
    const longest = Math.min(LONGEST, timings.retryInterval * 2 ** this.#failedStarts);
    const milliseconds = Math.round(jitter(longest, random));
    this.#backoff = { milliseconds, untilElected: false };
    return milliseconds;
  }

  started(): void {
    this.#failedStarts = 0;
  }

  anotherElected(): void {
    if (this.#backoff?.untilElected) this.#over?.();
  }

  /** Resolves when this instance may contend, or `stop` aborts. */
  async pass(stop: AbortSignal): Promise<void> {
    const backoff = this.#backoff;
    if (!backoff) return;
    const { clock } = this.#setup;
    if (backoff.milliseconds > 0) {
      await waitFor<void>(stop, (tell) => {
        this.#over = tell;
        return clock.after(backoff.milliseconds, tell);
      });
    }
    this.#backoff = this.#over = undefined;
  }
}
