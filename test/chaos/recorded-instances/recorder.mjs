// What a process writes down so that it outlives it: SIGKILL leaves to the kernel what was handed to it by write(2).
import { openSync, writeSync } from 'node:fs';
import { monotonicNow } from '../../../tooling/clock.mjs';

/** Two numbers of 8 bytes: the first and the last moment of an interval. */
export const SLOT = 16;

export class Recorder {
  #events;
  #intervals;
  #slot = Buffer.alloc(SLOT);
  #slots = 0;
  #leads = false;
  #lastSample = monotonicNow();

  /** @param {string} path without the ending */
  constructor(path) {
    this.#events = openSync(`${path}.events`, 'a');
    this.#intervals = openSync(`${path}.intervals`, 'w');
  }

  /** @param {string} what @param {object} [details] */
  note(what, details) {
    writeSync(this.#events, `${JSON.stringify({ what, at: monotonicNow(), ...details })}\n`);
  }

  /**
   * Looks whether this process leads. The moment is taken before the look: a freeze between the two must not make the
   * interval longer than it was.
   *
   * @param {() => boolean} isLeader
   */
  sample(isLeader) {
    const at = monotonicNow();
    const leads = isLeader();
    if (at - this.#lastSample > 100) this.note('not running', { since: this.#lastSample, leads });
    this.#lastSample = at;
    if (leads) {
      if (!this.#leads) {
        this.#slot.writeDoubleLE(at, 0);
        this.#slots += 1;
      }
      this.#slot.writeDoubleLE(at, 8);
      writeSync(this.#intervals, this.#slot, 0, SLOT, (this.#slots - 1) * SLOT);
    }
    this.#leads = leads;
  }
}
