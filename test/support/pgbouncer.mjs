// PgBouncer in front of a server, as a process of our own. The program is not on npm; most systems have a package of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { handOver, unprivilegedAccount } from '../../tooling/embedded-postgres/account.mjs';
import { freePort } from '../../tooling/embedded-postgres/free-port.mjs';

/** How long it may take to start or to end, in milliseconds. */
const PATIENCE = 10_000;

export class PgBouncer {
  #behind;
  #mode;
  #directory = '';
  #port = 0;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;

  /**
   * @param {string} url of a role at a server, the only one that may connect
   * @param {'session' | 'transaction'} mode
   */
  constructor(url, mode) {
    this.#behind = new URL(url);
    this.#mode = mode;
  }

  /** The role's URL through the pooler. */
  get url() {
    return Object.assign(new URL(this.#behind), { host: `127.0.0.1:${this.#port}` }).href;
  }

  async start() {
    if (!this.#directory) await this.#configure();
    const account = await unprivilegedAccount();
    const child = spawn('pgbouncer', ['-q', join(this.#directory, 'pgbouncer.ini')], {
      ...account,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk) => (complaint += chunk));
    const failed = once(child, 'error').then(([error]) => {
      throw new Error(
        `pgbouncer can't be run (${error.code}); install your system's package of it`,
      );
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`pgbouncer ended:\n${complaint}`);
    });
    this.#process = child;
    const up = new AbortController();
    try {
      await Promise.race([failed, ended, this.#accepts(up.signal)]);
    } finally {
      up.abort();
      for (const promise of [failed, ended]) promise.catch(() => {});
    }
    return this;
  }

  /** Ends the process; `start()` brings it back, on its port. */
  async kill() {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async restart() {
    await this.kill();
    await this.start();
  }

  async stop() {
    await this.kill();
    if (this.#directory) await rm(this.#directory, { recursive: true, force: true });
  }

  async #configure() {
    const { hostname, port, username, password } = this.#behind;
    this.#port = await freePort();
    this.#directory = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
    const users = join(this.#directory, 'users');
    const settings = [
      '[databases]',
      `* = host=${hostname} port=${port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${this.#port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      // After a failed login it would wait for 15 s by default, which is longer than anybody here.
      'server_login_retry = 1',
      `auth_file = ${users}`,
      `pool_mode = ${this.#mode}`,
    ];
    await writeFile(users, `"${username}" "${password}"\n`);
    await writeFile(join(this.#directory, 'pgbouncer.ini'), `${settings.join('\n')}\n`);
    const account = await unprivilegedAccount();
    await handOver(this.#directory, account);
  }

  /** @param {AbortSignal} stop */
  async #accepts(stop) {
    const deadline = Date.now() + PATIENCE;
    while (!stop.aborted) {
      const socket = connect(this.#port, '127.0.0.1');
      const accepted = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (accepted) return;
      if (Date.now() > deadline) throw new Error(`pgbouncer was not up within ${PATIENCE} ms`);
      await delay(20);
    }
  }
}
