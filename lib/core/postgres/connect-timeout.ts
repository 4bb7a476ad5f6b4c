import type { Clock } from '../time/clock.js';

/** How much longer than at first an attempt may take, at most. */
const MOST = 5;

/** The time of one attempt. */
export interface AttemptTime {
  /** The server, or what stands before it, has accepted the connection. */
  readonly reached: () => void;
  readonly succeeded: () => void;
  /** It is no longer measured. */
  readonly end: () => void;
}

/**
 * How long an attempt to connect may take.
 *
 * A server that starts again under a large fleet lets in fewer at a time than want to. If all of them gave up and came
 * again after the same time, it would have worked for those that have left, and nobody would ever get in. So whoever
 * gives up after the server has accepted the connection waits twice as long the next time.
 *
 * Whoever does not even reach the server does not: that is a network that is cut, where an attempt which started before
 * it healed would only take longer to notice.
 *
 * @internal
 */
export class ConnectTimeout {
  readonly #clock: Clock;
  readonly #first: number;
  #milliseconds: number;

  /** @param first the first time, in milliseconds */
  constructor(clock: Clock, first: number) {
    this.#clock = clock;
    this.#first = first;
    this.#milliseconds = first;
  }

  /** Starts an attempt's time. `giveUp` is called when it is over, and told how long it was. */
  start(giveUp: (milliseconds: number) => void): AttemptTime {
    const first = this.#first;
    let isReached = false;
    let cancel = this.#clock.after(first, () => {
      if (!isReached) {
        giveUp(first);
        return;
      }
      const milliseconds = this.#milliseconds;
      cancel = this.#clock.after(milliseconds - first, () => {
        this.#milliseconds = Math.min(2 * milliseconds, MOST * first);
        giveUp(milliseconds);
      });
    });
    return {
      reached: () => {
        isReached = true;
      },
      succeeded: () => {
        this.#milliseconds = first;
      },
      end: () => {
        cancel();
      },
    };
  }
}
