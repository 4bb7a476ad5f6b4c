// A private PostgreSQL server from npm packages: up in about a second, gone without a trace.
// For tests, samples and benches; tests that stop or crash a server start one of their own.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { baseBackup } from './base-backup.mjs';
import { createCluster, initialize, lockFile, logFile, removeCluster } from './cluster.mjs';
import { PATIENCE, readiness, spawnPostmaster } from './postmaster.mjs';

/** @typedef {import('./postmaster.mjs').Settings} Settings */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */
/** @typedef {'smart' | 'fast' | 'immediate'} HaltMode as in `pg_ctl stop --mode` */
/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

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

/** A process that the postmaster starts anew after a crash. */
const CHECKPOINTER = `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`;

export class EmbeddedServer {
  /** @type {Settings} */
  #settings;
  #environment;
  /** @type {Cluster | undefined} */
  #cluster;
  /** @type {ChildProcess | undefined} */
  #postmaster;
  #password = '';

  /**
   * @param {{ settings?: Settings, environment?: Record<string, string> }} [options] `settings` override the ephemeral defaults;
   *   `environment`: further variables of its processes
   */
  constructor({ settings = {}, environment = {} } = {}) {
    this.#environment = environment;
    this.#settings = { ...EPHEMERAL, ...settings };
  }

  /** Starts a new server, or one that was halted or killed, with its data and on its port. */
  async start() {
    if (this.isRunning) throw new Error('The server is running already.');
    this.#cluster ??= await createCluster(async (place) => {
      this.#password = await initialize(place);
    });
    await this.#boot(this.#cluster);
    return this;
  }

  /**
   * Starts a hot standby of this server, which streams from it.
   *
   * @param {{ settings?: Settings, environment?: Record<string, string> }} [options]
   */
  async startStandby(options) {
    const standby = new EmbeddedServer(options);
    standby.#password = this.#password;
    standby.#cluster = await createCluster((place) => baseBackup(this.url, place));
    return standby.start();
  }

  /** Makes a standby a server of its own; resolves when it takes writes. */
  async promote() {
    await this.#query('SELECT pg_promote()');
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

  /**
   * Kills one of the server's backends with SIGKILL, as a machine without memory does. The postmaster lives on, ends every
   * other session, and has the log replayed; resolves when it takes connections again.
   */
  async crashBackend() {
    const client = new pg.Client(this.url);
    client.on('error', () => {}); // the crash
    await client.connect();
    const [{ pid: before }] = (await client.query(CHECKPOINTER)).rows;
    const [{ pid }] = (await client.query('SELECT pg_backend_pid() AS pid')).rows;
    const ended = new Promise((resolve) => client.once('end', resolve));
    process.kill(pid, 'SIGKILL');
    await ended;
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      // Until the postmaster has noticed, it lets sessions in only to end them.
      const [now] = await this.#query(CHECKPOINTER).catch(() => []);
      if (now && now.pid !== before) return;
      if (Date.now() > deadline)
        throw new Error(`PostgreSQL did not recover from a crash within ${PATIENCE} ms.`);
      await delay(10);
    }
  }

  /** Stops the server for good and removes its files. */
  async stop() {
    // A killed server leaves shared memory behind, which only its next start removes.
    if (this.#cluster && !this.isRunning && existsSync(lockFile(this.#cluster))) await this.start();
    await this.#end(HALT_SIGNALS.fast);
    await this.#remove();
  }

  async #remove() {
    if (!this.#cluster) return;
    const cluster = this.#cluster;
    this.#cluster = undefined;
    await removeCluster(cluster);
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
    await this.#query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return this.urlOf(name);
  }

  /** @param {string} sql @returns {Promise<any[]>} */
  async #query(sql) {
    const client = new pg.Client(this.url);
    client.on('error', () => {}); // A statement under way rejects as well.
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  get #existing() {
    if (!this.#cluster) throw new Error('The server has not been started, or is stopped for good.');
    return this.#cluster;
  }

  /** @param {Cluster} cluster */
  async #boot(cluster) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      this.#postmaster = await spawnPostmaster(cluster, this.#settings, this.#environment);
      const failure = await readiness(cluster, this.#postmaster, deadline);
      if (!failure) return;
      // After a kill, backends take a moment to notice; after a halt, the port may be taken briefly.
      const passing = /still in use|already in use|is another postmaster/.test(failure);
      if (!passing || Date.now() > deadline) {
        await this.#end(HALT_SIGNALS.immediate);
        await this.#remove();
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
