import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import colours from 'picocolors';
import { lastWill } from '../../support/last-will.mjs';
import { now } from './clock.mjs';

/** @typedef {import('./report.mjs').Report} Report */

/** What the starter did to an instance, or saw of it. */
/**
 * @typedef {{ readonly at: number } & (
 *   | { readonly type: 'started' | 'killed' | 'stopping' | 'frozen' | 'thawed' }
 *   | { readonly type: 'gone', readonly unexpected: boolean, readonly how: string }
 *   | { readonly type: 'output', readonly text: string }
 * )} Observation
 */

/** @typedef {{ readonly instance: Instance } & (Report | Observation)} Happening */

const main = fileURLToPath(new URL('../../sample/01-cron/dist/main.js', import.meta.url));
const reporter = new URL('./reporter.mjs', import.meta.url).href;

/** One process of the sample. */
export class Instance {
  /** @type {'starting' | 'running' | 'frozen' | 'stopping' | 'gone'} */
  state = 'starting';
  /** @type {string | undefined} */
  url;
  /** @type {string | undefined} */
  instanceId;
  role = 'starting';
  /** The name of the instance that leads, as this one knows it. @type {string | undefined} */
  leader;
  /** How often the job ran here. */
  runs = 0;
  /** @type {ReturnType<typeof lastWill> | undefined} */
  #will;
  #child;
  #tell;
  /** @type {Promise<void>} */
  ended;

  /**
   * @param {number} number
   * @param {{ databaseUrl: string, logs: boolean }} options
   * @param {(happening: Happening) => void} tell
   */
  constructor(number, { databaseUrl, logs }, tell) {
    this.number = number;
    this.#tell = tell;
    this.#child = fork(main, {
      execArgv: [...process.execArgv, '--unhandled-rejections=strict', '--import', reporter],
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        PORT: '0',
        SHOW_LOGS: String(logs),
        ...(!colours.isColorSupported && { NO_COLOR: '1' }),
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Out of reach of the terminal's Ctrl-C: the starter decides when an instance ends.
      detached: true,
    });
    this.#say({ type: 'started', at: now() });
    this.#child.on('message', (report) => this.#hear(/** @type {Report} */ (report)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        this.#say({ type: 'output', at: now(), text: String(text).trimEnd() });
      });
    }
    this.ended = new Promise((resolve) => {
      // After its last words, which come before 'close'.
      this.#child.once('close', (code, signal) => {
        resolve(this.#gone(signal ?? `exit code ${code}`));
      });
      this.#child.once('error', (error) => resolve(this.#gone(error.message)));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  get name() {
    return `#${this.number}`;
  }

  /** Ends it like a crash. */
  kill() {
    return this.#strike('SIGKILL', 'stopping', 'killed');
  }

  /** Asks it to end. */
  stop() {
    return this.#strike('SIGTERM', 'stopping', 'stopping');
  }

  /** Keeps it from running until it is thawed. */
  freeze() {
    this.#will ??= lastWill(new URL('./end-frozen.mjs', import.meta.url), String(this.pid));
    return this.#strike('SIGSTOP', 'frozen', 'frozen');
  }

  thaw() {
    return this.#strike('SIGCONT', 'running', 'thawed');
  }

  /**
   * @param {NodeJS.Signals} signal
   * @param {Instance['state']} state
   * @param {'killed' | 'stopping' | 'frozen' | 'thawed'} type
   * @returns {number} the moment of the signal
   */
  #strike(signal, state, type) {
    if (this.state === 'gone') return now();
    const at = now();
    this.#child.kill(signal);
    this.state = state;
    this.#say({ type, at });
    return at;
  }

  /** @param {Report} report */
  #hear(report) {
    if (report.type === 'listening') {
      this.url = report.url;
      this.instanceId = report.instanceId;
      if (this.state === 'starting') this.state = 'running';
    } else if (report.type === 'role') {
      const isNews = report.role !== this.role;
      this.role = report.role;
      this.leader = report.leader;
      if (!isNews) return;
    } else if (report.type === 'job-started') {
      this.runs += 1;
    }
    this.#say(report);
  }

  /** @param {string} how */
  async #gone(how) {
    if (this.state === 'gone') return;
    const unexpected = this.state !== 'stopping';
    this.state = 'gone';
    this.#say({ type: 'gone', at: now(), unexpected, how });
    await this.#will?.execute();
  }

  /** @param {Report | Observation} what */
  #say(what) {
    this.#tell({ ...what, instance: this });
  }
}
