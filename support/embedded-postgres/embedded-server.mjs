// A private PostgreSQL server from npm packages: up in about a second, gone without a trace.
// For tests, samples and benches; tests that stop or crash a server start one of their own.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { lastWill } from '../last-will.mjs';
import { handOver, reachablePrograms, unprivilegedAccount } from './account.mjs';
import { binaries } from './binaries.mjs';
import { freePort } from './free-port.mjs';

/** @typedef {Record<string, string | number | boolean>} Settings as in postgresql.conf */
/** @typedef {'smart' | 'fast' | 'immediate'} HaltMode as in `pg_ctl stop --mode` */
/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/**
 * @typedef {object} Cluster
 * @property {string} directory everything the server has on disk
 * @property {string} programs
 * @property {string} version
 * @property {number} port
 * @property {import('./account.mjs').Account | undefined} account
 * @property {ReturnType<typeof lastWill>} will
 */

const HALT_SIGNALS = /** @type {const} */ ({
  smart: 'SIGTERM',
  fast: 'SIGINT',
  immediate: 'SIGQUIT',
});

/** @type {Settings} */
const EPHEMERAL = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 300,
  // A killed server loses nothing by this, only a machine without power does.
  fsync: false,
  full_page_writes: false,
  shared_buffers: '32MB',
  jit: false,
  // Shared memory as files in the data directory, so that a killed server leaves none in /dev/shm.
  dynamic_shared_memory_type: 'mmap',
};

/** How long the server may take to start or to halt. */
const PATIENCE = 30_000;

export class EmbeddedServer {
  /** @type {Settings} */
  #settings;
  /** @type {Cluster | undefined} */
  #cluster;
  /** @type {ChildProcess | undefined} */
  #postmaster;
  #password = randomBytes(12).toString('hex');

  /** @param {{ settings?: Settings }} [options] `settings` override the ephemeral defaults */
  constructor({ settings = {} } = {}) {
    this.#settings = { ...EPHEMERAL, ...settings };
  }

  /** Starts a new server, or one that was halted or killed, with its data and on its port. */
  async start() {
    if (this.isRunning) throw new Error('The server is running already.');
    this.#cluster ??= await createCluster(this.#password);
    await this.#boot(this.#cluster);
    return this;
  }

  /**
   * Stops the server; `start()` brings it back.
   *
   * @param {HaltMode} [mode] `fast` disconnects clients, `immediate` is a crash, `smart` waits for
   *   clients to leave
   */
  async halt(mode = 'fast') {
    await this.#end(HALT_SIGNALS[mode]);
  }

  /** @param {HaltMode} [mode] */
  async restart(mode = 'fast') {
    await this.halt(mode);
    return this.start();
  }

  /** Kills the server with SIGKILL; `start()` then goes through crash recovery. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Stops the server for good and removes its files. */
  async stop() {
    await this.#end(HALT_SIGNALS.fast);
    if (!this.#cluster) return;
    const { directory, will } = this.#cluster;
    this.#cluster = undefined;
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    await will.execute();
  }

  get isRunning() {
    const postmaster = this.#postmaster;
    return postmaster?.exitCode === null && postmaster.signalCode === null;
  }

  /** The superuser's URL of the database `postgres`. */
  get url() {
    return this.urlOf('postgres');
  }

  /** @param {string} database */
  urlOf(database) {
    return `postgresql://postgres:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  get port() {
    return this.#existing.port;
  }

  /** Such as `18.4`. */
  get version() {
    return this.#existing.version;
  }

  /** The process id of the postmaster, for signals of one's own. */
  get pid() {
    return this.isRunning ? this.#postmaster?.pid : undefined;
  }

  /** What the server has logged. */
  async log() {
    return readFile(logFile(this.#existing), 'utf8');
  }

  /**
   * @param {string} name
   * @returns {Promise<string>} its URL, for the superuser
   */
  async createDatabase(name) {
    const client = new pg.Client(this.url);
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
    return this.urlOf(name);
  }

  get #existing() {
    if (!this.#cluster) throw new Error('The server has not been started, or is stopped for good.');
    return this.#cluster;
  }

  /** @param {Cluster} cluster */
  async #boot(cluster) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      this.#postmaster = await spawnPostmaster(cluster, this.#settings);
      const failure = await readiness(cluster, this.#postmaster, deadline);
      if (!failure) return;
      // After a kill, backends take a moment to notice; after a halt, the port may be taken briefly.
      const passing = /still in use|already in use|is another postmaster/.test(failure);
      if (!passing || Date.now() > deadline) {
        await this.stop();
        throw new Error(`PostgreSQL did not start:\n${failure}`);
      }
      await delay(50);
    }
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const postmaster = this.#postmaster;
    if (!postmaster || !this.isRunning) return;
    postmaster.ref();
    const exit = once(postmaster, 'exit', { signal: AbortSignal.timeout(PATIENCE) });
    postmaster.kill(signal);
    await exit.catch(() => {
      throw new Error(`PostgreSQL did not end within ${PATIENCE} ms of ${signal}.`);
    });
    this.#postmaster = undefined;
  }
}

/** @param {string} password @returns {Promise<Cluster>} */
async function createCluster(password) {
  const [{ home, version }, account, port, directory] = await Promise.all([
    binaries(),
    unprivilegedAccount(),
    freePort(),
    mkdtemp(join(tmpdir(), 'embedded-postgres-')),
  ]);
  const will = lastWill(new URL('./remove-server.mjs', import.meta.url), directory);
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  try {
    await Promise.all([mkdir(data, { mode: 0o700 }), writeFile(passwordFile, password)]);
    await Promise.all([directory, data].map((path) => handOver(path, account)));
    const programs = account ? await reachablePrograms(home, join(directory, 'native')) : home;
    await initdb(programs, data, passwordFile, account);
    return { directory, programs, version, port, account, will };
  } catch (error) {
    await will.execute();
    throw error;
  }
}

/**
 * @param {string} programs
 * @param {string} data
 * @param {string} passwordFile
 * @param {Cluster['account']} account
 */
async function initdb(programs, data, passwordFile, account) {
  const args = [
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  const child = spawn(join(programs, 'bin', 'initdb'), args, {
    ...account,
    cwd: data,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`initdb failed:\n${complaint}`);
}

/** @param {Cluster} cluster @param {Settings} settings */
async function spawnPostmaster(cluster, settings) {
  const { account, directory, port, programs } = cluster;
  const args = Object.entries({ ...settings, port }).flatMap(([name, value]) => [
    '-c',
    `${name}=${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}`,
  ]);
  const log = await open(logFile(cluster), 'a');
  try {
    const child = spawn(
      join(programs, 'bin', 'postgres'),
      ['-D', join(directory, 'data'), ...args],
      {
        ...account,
        cwd: directory,
        stdio: ['ignore', log.fd, log.fd],
        // Out of reach of the terminal's Ctrl-C: who started the server decides when it ends.
        detached: true,
      },
    );
    child.unref();
    child.on('error', () => {});
    return child;
  } finally {
    await log.close();
  }
}

/**
 * Waits until the server accepts connections.
 *
 * @param {Cluster} cluster
 * @param {ChildProcess} postmaster
 * @param {number} deadline
 * @returns {Promise<string | undefined>} what went wrong, if it didn't start
 */
async function readiness(cluster, postmaster, deadline) {
  while (Date.now() < deadline) {
    if (postmaster.pid === undefined) return `${cluster.programs}/bin/postgres cannot be run`;
    if (postmaster.exitCode !== null || postmaster.signalCode !== null) {
      return (await readFile(logFile(cluster), 'utf8')).split('\n').slice(-12).join('\n');
    }
    const status = await readFile(join(cluster.directory, 'data', 'postmaster.pid'), 'utf8').catch(
      () => '',
    );
    // The file of an earlier life names another process.
    const lines = status.split('\n');
    if (Number(lines[0]) === postmaster.pid && lines[7]?.trim() === 'ready') return undefined;
    await delay(10);
  }
  return `it was not ready within ${PATIENCE} ms`;
}

/** @param {Cluster} cluster */
function logFile({ directory }) {
  return join(directory, 'server.log');
}
