import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {{ what: string, at: number, detail?: any }} Report */

/** A process that reports moments by name, and answers questions. */
export class Child {
  #child;
  #exit;
  /** @type {Map<string, Report>} */
  #reported = new Map();
  /** @type {Map<string, { resolve: (report: Report) => void, reject: (error: Error) => void }[]>} */
  #awaited = new Map();
  #ended = false;

  /**
   * @param {URL} script
   * @param {object} options
   * @param {{ execArgv?: string[], silent?: boolean }} [how] silent: hides its standard output
   */
  constructor(script, options, { execArgv = [], silent = false } = {}) {
    this.#child = fork(fileURLToPath(script), [JSON.stringify(options)], {
      execArgv: ['--unhandled-rejections=strict', ...execArgv],
      stdio: ['ignore', silent ? 'ignore' : 'inherit', 'inherit', 'ipc'],
    });
    this.#exit = once(this.#child, 'exit').then(() => this.#onExit());
    this.#child.on('message', (/** @type {Report} */ report) => {
      this.#reported.set(report.what, report);
      for (const { resolve } of this.#take(report.what)) resolve(report);
    });
  }

  get pid() {
    return /** @type {number} */ (this.#child.pid);
  }

  /** The moment of a report that has arrived or will arrive. @param {string} what @returns {Promise<number>} */
  async report(what) {
    return (await this.#next(what)).at;
  }

  /** The detail of a report that has arrived or will arrive. @param {string} what @returns {Promise<any>} */
  async detail(what) {
    return (await this.#next(what)).detail;
  }

  /** The moment of the first report that is not older than `since`. @param {string} what @param {number} since */
  async reportSince(what, since) {
    for (;;) {
      const at = await this.report(what);
      if (at >= since) return at;
      this.forget(what);
    }
  }

  /** Sends a question and waits for the answer. @param {string} what @returns {Promise<any>} */
  ask(what) {
    this.forget(what);
    this.tell(what);
    return this.detail(what);
  }

  /** Whether a report has arrived. @param {string} what */
  has(what) {
    return this.#reported.has(what);
  }

  /** Discards a report, so that the next one of its kind is awaited. @param {string} what */
  forget(what) {
    this.#reported.delete(what);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child.kill(signal);
  }

  /** @param {string} message */
  tell(message) {
    this.#child.send(message, () => {}); // The exit handler deals with a process that has ended.
  }

  async dispose() {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  /** @param {string} what @returns {Promise<Report>} */
  #next(what) {
    const report = this.#reported.get(what);
    if (report) return Promise.resolve(report);
    return new Promise((resolve, reject) => {
      if (this.#ended) reject(endedWithout(what));
      else this.#awaited.set(what, [...(this.#awaited.get(what) ?? []), { resolve, reject }]);
    });
  }

  /** @param {string} what */
  #take(what) {
    const awaited = this.#awaited.get(what) ?? [];
    this.#awaited.delete(what);
    return awaited;
  }

  #onExit() {
    this.#ended = true;
    for (const what of [...this.#awaited.keys()])
      for (const { reject } of this.#take(what)) reject(endedWithout(what));
  }
}

/** @param {string} what */
const endedWithout = (what) => new Error(`A process ended before it reported "${what}"`);
