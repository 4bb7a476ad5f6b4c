import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import colours from 'picocolors';
import { cleanUpAfterExit } from '../process-lifetime/clean-up-after-exit.mjs';
import { monotonicNow } from '../clock.mjs';

/** @typedef {import('./report.mjs').Report} Report */

/**
 * What the starter did to an instance, or saw of it.
 *
 * @typedef {{ readonly at: number } & (
 *   | { readonly type: 'started' | 'killed' | 'stopping' | 'frozen' | 'thawed' }
 *   | { readonly type: 'cut-off' | 'reconnected' }
 *   | { readonly type: 'gone', readonly unexpected: boolean, readonly how: string }
 *   | { readonly type: 'output', readonly text: string }
 * )} Observation
 */

/** @typedef {{ readonly instance: Instance } & (Report | Observation)} Happening */

/**
 * What every instance runs.
 *
 * @typedef {object} Program
 * @property {URL} main
 * @property {URL} [preload] loaded before it
 * @property {readonly string[]} [args]
 * @property {readonly string[]} [execArgv] of Node
 */

/** The proxy between an instance and the database. @typedef {import('../proxies/proxy-link.mjs').ProxyLink} Link */

/**
 * @typedef {object} InstanceSetup
 * @property {Program} program
 * @property {string} databaseUrl
 * @property {boolean} logs whether its own logs are wanted
 * @property {Link} [link] stopped when the instance is gone
 */

const endWithParent = new URL('../process-lifetime/end-with-parent.mjs', import.meta.url);

/** One process of a sample. */
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
  /** Nothing gets through to the database or back. */
  isCutOff = false;
  /** How often the job ran here. */
  runs = 0;
  /** @type {ReturnType<typeof cleanUpAfterExit> | undefined} */
  #cleaner;
  #link;
  #child;
  #tell;
  /** @type {Promise<void>} */
  ended;

  /**
   * @param {number} number
   * @param {InstanceSetup} setup
   * @param {(happening: Happening) => void} tell
   */
  constructor(number, { program, databaseUrl, logs, link }, tell) {
    this.number = number;
    this.#link = link;
    this.#tell = tell;
    const imports = [endWithParent, program.preload].flatMap((url) =>
      url ? ['--import', url.href] : [],
    );
    const { main, args = [], execArgv = [] } = program;
    this.#child = fork(fileURLToPath(main), args, {
      execArgv: [...process.execArgv, ...execArgv, '--unhandled-rejections=strict', ...imports],
      env: {
        ...process.env,
        DATABASE_URL: link ? link.through(databaseUrl) : databaseUrl,
        PORT: '0',
        SHOW_LOGS: String(logs),
        ...(!colours.isColorSupported && { NO_COLOR: '1' }),
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // The terminal's Ctrl-C must not end it: the starter does.
      detached: true,
    });
    this.#say({ type: 'started', at: monotonicNow() });
    this.#child.on('message', (report) => this.#hear(/** @type {Report} */ (report)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        this.#say({ type: 'output', at: monotonicNow(), text: String(text).trimEnd() });
      });
    }
    this.ended = new Promise((resolve) => {
      // Its last reports arrive before 'close'.
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

  /** Ends it as a crash would. */
  kill() {
    return this.#strike('SIGKILL', 'stopping', 'killed');
  }

  /** Asks it to end. */
  stop() {
    return this.#strike('SIGTERM', 'stopping', 'stopping');
  }

  /** Keeps it from running until it is thawed. */
  freeze() {
    this.#cleaner ??= cleanUpAfterExit(
      new URL('./end-frozen.mjs', import.meta.url),
      String(this.pid),
    );
    return this.#strike('SIGSTOP', 'frozen', 'frozen');
  }

  thaw() {
    return this.#strike('SIGCONT', 'running', 'thawed');
  }

  /** Sends a message to its program. @param {string} message */
  tell(message) {
    this.#child.send(message, () => {}); // That it has ended is known by itself.
  }

  /** Whether the connection to the database can be cut. */
  get canBeCutOff() {
    return this.#link !== undefined;
  }

  /** From now on nothing gets through to the database or back. The connection stays open. */
  async cutOff() {
    await this.#link?.silence('both');
    this.isCutOff = true;
    this.#say({ type: 'cut-off', at: monotonicNow() });
  }

  /** The data that was held back arrives, as after a partition. */
  async reconnect() {
    this.isCutOff = false;
    this.#say({ type: 'reconnected', at: monotonicNow() });
    await this.#link?.heal();
  }

  /**
   * @param {NodeJS.Signals} signal
   * @param {Instance['state']} state
   * @param {'killed' | 'stopping' | 'frozen' | 'thawed'} type
   * @returns {number} the moment of the signal
   */
  #strike(signal, state, type) {
    if (this.state === 'gone') return monotonicNow();
    const at = monotonicNow();
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
    this.#say({ type: 'gone', at: monotonicNow(), unexpected, how });
    await Promise.all([this.#cleaner?.cleanUpNow(), this.#link?.stop()]);
  }

  /** @param {Report | Observation} what */
  #say(what) {
    this.#tell({ ...what, instance: this });
  }
}
