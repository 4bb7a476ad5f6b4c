import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A process that reports moments by name. */
export class Child {
  #child;
  #exit;
  /** @type {Map<string, number>} */
  #reported = new Map();
  /** @type {Map<string, (at: number) => void>} */
  #awaited = new Map();

  /** @param {URL} script @param {object} options */
  constructor(script, options) {
    this.#child = fork(script, [JSON.stringify(options)], {
      execArgv: ['--unhandled-rejections=strict'],
    });
    this.#exit = once(this.#child, 'exit');
    this.#child.on('message', (/** @type {{ what: string, at: number }} */ { what, at }) => {
      this.#reported.set(what, at);
      this.#awaited.get(what)?.(at);
    });
  }

  /** The moment of a report that came, or comes. @param {string} what @returns {Promise<number>} */
  report(what) {
    const at = this.#reported.get(what);
    if (at !== undefined) return Promise.resolve(at);
    return new Promise((resolve, reject) => {
      this.#awaited.set(what, resolve);
      this.#child.once('exit', () => reject(new Error(`A process ended without "${what}"`)));
    });
  }

  /** Whether a report came. @param {string} what */
  has(what) {
    return this.#reported.has(what);
  }

  /** Waits for the next report of this kind. @param {string} what */
  forget(what) {
    this.#reported.delete(what);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child.kill(signal);
  }

  /** @param {string} message */
  tell(message) {
    this.#child.send(message);
  }

  async dispose() {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
