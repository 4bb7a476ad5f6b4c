import type { Clock } from '../time/clock.js';

/** The longest timeout, as a multiple of the first one. */
const MOST = 5;

/** The timeout of one attempt. */
export interface AttemptTime {
  /** To be called when the server, or a proxy in front of it, has accepted the connection. */
  readonly reached: () => void;
  readonly succeeded: () => void;
  /** Cancels the timeout. */
  readonly end: () => void;
}

/**
 * Decides how long an attempt to connect may take.
 *
 * A server that restarts with a large fleet can't serve all connection attempts at once. If every instance gave up and
 * retried after the same time, the server would work on attempts that were already abandoned, and no instance would
 * ever connect. So an instance whose attempt times out after the server has accepted the connection waits twice as long
 * the next time.
 *
 * If the attempt did not even reach the server, the timeout stays the same: the network is down, and a longer attempt
 * would only delay the reconnect.
 *
 * @internal
 */
export class ConnectTimeout {
  readonly #clock: Clock;
  readonly #first: number;
  #milliseconds: number;

  /** @param first the first timeout, in milliseconds */
  constructor(clock: Clock, first: number) {
    this.#clock = clock;
    this.#first = first;
    this.#milliseconds = first;
  }

  /** Starts the timeout of an attempt. Calls `giveUp` with its length in milliseconds when it expires. */
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
