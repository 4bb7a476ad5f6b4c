import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../embedded-postgres/free-port.mjs';

const endWithParent = new URL('../process-lifetime/end-with-parent.mjs', import.meta.url).href;

/** How long an instance may take to end once it is asked to, in milliseconds. */
const PATIENCE = 15_000;

/** One process of a sample, on a port of its own. */
export class SampleInstance {
  /** @type {import('node:child_process').ChildProcess} */
  #child;
  /** @type {Promise<unknown>} */
  #ended;
  #output = '';

  /**
   * @param {string} main the compiled program
   * @param {string} databaseUrl
   * @param {number} port
   */
  constructor(main, databaseUrl, port) {
    this.address = `http://127.0.0.1:${port}`;
    this.#child = fork(main, {
      execArgv: ['--unhandled-rejections=strict', '--import', endWithParent],
      env: { ...process.env, DATABASE_URL: databaseUrl, PORT: String(port), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Out of reach of the terminal's Ctrl-C: the starter decides when an instance ends.
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (this.#output += text));
    }
    this.#ended = once(this.#child, 'close');
  }

  /**
   * Starts an instance; resolves when it listens.
   *
   * @param {string} main
   * @param {string} databaseUrl
   * @param {AbortSignal} signal
   * @param {(instance: SampleInstance) => void} started called before it listens
   */
  static async start(main, databaseUrl, signal, started) {
    const instance = new SampleInstance(main, databaseUrl, await freePort());
    started(instance);
    while (!(await instance.#isListening(signal))) await delay(50, undefined, { signal });
    return instance;
  }

  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * @param {string} path
   * @param {RequestInit} [request]
   */
  fetch(path, request) {
    return fetch(`${this.address}${path}`, request);
  }

  /**
   * @param {string} path
   * @returns {Promise<any>}
   */
  async json(path) {
    return (await this.fetch(path)).json();
  }

  /** Asks it to end, and ends it where it does not. */
  async stop() {
    if (!this.isRunning) return;
    this.#child.kill('SIGTERM');
    const patience = new AbortController();
    const late = delay(PATIENCE, true, { signal: patience.signal }).catch(() => false);
    if (await Promise.race([this.#ended.then(() => false), late])) this.#child.kill('SIGKILL');
    patience.abort();
    await this.#ended;
  }

  /** Ends it as a crash does: nothing of it has time to react. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** @param {AbortSignal} signal */
  async #isListening(signal) {
    if (!this.isRunning) throw new Error(`An instance ended by itself:\n${this.#output}`);
    return this.fetch('/', { signal }).then(
      () => true,
      () => false,
    );
  }
}
