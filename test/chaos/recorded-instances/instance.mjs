import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./instance-process.mjs', import.meta.url));

/**
 * @typedef {object} InstanceSetup
 * @property {string} name
 * @property {import('../../../tooling/proxies/proxy-link.mjs').ProxyLink | import('../network/namespace-link.mjs').NamespaceLink} link
 * @property {() => string} url of the server at this moment
 * @property {string} directory where its processes write down what happens
 * @property {readonly string[]} elections
 * @property {object} options of the elections
 */

/** A place in the fleet: one process after the other, all on the same link. */
export class Instance {
  name;
  link;
  /** @type {'running' | 'frozen' | 'gone'} */
  state = 'gone';
  leads = false;
  /** What is being done to it at the moment. @type {Set<string>} */
  faults = new Set();
  /** Processes that ended although nobody had asked them to. @type {string[]} */
  crashes = [];
  #setup;
  #processes = 0;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;
  #exit = Promise.resolve();
  #mayEnd = false;

  /** @param {InstanceSetup} setup */
  constructor(setup) {
    this.#setup = setup;
    this.name = setup.name;
    this.link = setup.link;
  }

  get pid() {
    return this.#process?.pid;
  }

  /** Starts its next process; resolves when that takes part. */
  async start() {
    const { directory, options, url } = this.#setup;
    const instanceId = `${this.name}.${(this.#processes += 1)}`;
    const elections = this.#setup.elections.map((name) => ({
      name,
      record: join(directory, name, instanceId),
    }));
    const connection = this.link.through(url());
    const [program = '', ...args] = [
      ...this.link.spawnPrefix,
      process.execPath,
      '--unhandled-rejections=strict',
      script,
      JSON.stringify({ ...options, instanceId, elections, connection }),
    ];
    const stderr = openSync(join(directory, `${instanceId}.stderr`), 'w');
    const child = spawn(program, args, {
      stdio: ['ignore', stderr, stderr, 'ipc'],
      // Out of reach of the terminal's Ctrl-C: the run decides what happens to it.
      detached: true,
    });
    closeSync(stderr);
    this.#process = child;
    this.#mayEnd = false;
    this.leads = false;
    this.state = 'running';
    const started = new Promise((resolve) => child.once('message', resolve));
    child.on('message', (message) => {
      if (message === 'elected' || message === 'demoted') this.leads = message === 'elected';
    });
    child.on('error', () => {}); // A message to a process that is just ending.
    this.#exit = once(child, 'exit').then(([code, signal]) => {
      this.leads = false;
      this.state = 'gone';
      if (!this.#mayEnd) this.crashes.push(`${instanceId} ended by itself (${signal ?? code})`);
      else if (code) this.crashes.push(`${instanceId} ended with ${code}`);
    });
    await Promise.race([started, this.#exit]);
  }

  async kill() {
    this.#mayEnd = true;
    this.#process?.kill('SIGKILL');
    await this.#exit;
  }

  /** Asks it to end, and waits for that. */
  async stop() {
    this.#mayEnd = true;
    this.#process?.kill('SIGTERM');
    await this.#exit;
  }

  freeze() {
    this.state = 'frozen';
    this.#process?.kill('SIGSTOP');
  }

  thaw() {
    if (this.state !== 'frozen') return;
    this.state = 'running';
    this.#process?.kill('SIGCONT');
  }

  resign() {
    this.#send({ resign: true });
  }

  /** Tells it where the server is now. */
  redirect() {
    this.#send({ connection: this.link.through(this.#setup.url()) });
  }

  /** @param {object} message */
  #send(message) {
    if (this.#process?.connected) this.#process.send(message);
  }
}
