import type { Timings } from '../model/timings.js';
import type { Clock } from '../time/clock.js';
import { jitter, type Random } from '../time/jitter.js';
import { waitFor } from '../time/wait.js';

/** The longest back-off of an instance whose `onElected` keeps failing, in milliseconds. */
const LONGEST = 300_000;

interface Backoff {
  readonly milliseconds: number;
  /**
   * Whether the back-off ends when another instance is elected. After a failure it does not: announcements are only
   * hints.
   */
  readonly untilElected: boolean;
}

/**
 * Decides how long an instance does not contend, so that another instance can lead.
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
  /** The number of consecutive failures to start the duties. */
  #failedStarts = 0;

  constructor(setup: {
    readonly clock: Clock;
    readonly random: Random;
    readonly timings: Timings;
  }) {
    this.#setup = setup;
  }

  /** Backs off after a resignation, until another instance leads or `retryInterval` has passed without one. */
  resigned(): void {
    const { random, timings } = this.#setup;
    this.#backoff = { milliseconds: jitter(timings.retryInterval, random), untilElected: true };
  }

  /** Backs off after a failure, twice as long with each consecutive one. Returns the milliseconds. */
  failed(termBegan: Date): number {
    const { clock, random, timings } = this.#setup;
    // Duties that ran for a long time before they failed may succeed next time.
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

  /** Resolves when this instance may contend or `stop` aborts. */
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
