import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { HOST, NETWORK } from '../network/own-network.mjs';
import { SMALL_QUEUE } from '../../support/postgres/full-queue.mjs';
import { freeze, killFrozen } from './frozen-server.mjs';
import { SlowDisk } from './slow-disk.mjs';

/** The ordinary role of the instances, its password, and the database that it owns. */
const ROLE = 'chaos';
/** Another role, which may connect to that database, and its password. */
const STRANGER = 'stranger';

/** The names of the standbys, by which their primary tells them apart. */
const HEIR = 'heir';
const LAGGING = 'lagging';
/** How far the other standby is behind, in milliseconds. */
const LAG = 5_000;

/** What the log of the one that lags shows of an instance: whether it is a standby, and what an instance does only on a primary. */
const VISIT = / AS in_recovery/g;
const TRY = /pg_try_advisory_lock\(/g;

/** A primary, a hot standby that can take its place, and another one that lags behind and never does. */
export class Servers {
  primary = new EmbeddedServer();
  /** Undefined while there is none that is ready. @type {EmbeddedServer | undefined} */
  standby;
  /** Undefined while there is none that is ready. @type {EmbeddedServer | undefined} */
  lagging;
  #directory = '';
  /** @type {import('../../../tooling/embedded-postgres/postmaster.mjs').Settings} */
  #settings = {};
  #renewing = Promise.resolve();
  /** Undefined where it can't be made. @type {SlowDisk | undefined} */
  disk;

  /** @param {{ ownNetwork: boolean }} options */
  async start({ ownNetwork }) {
    this.#settings = await this.#makeSettings(ownNetwork);
    this.disk = SlowDisk.make(this.#directory);
    this.primary = await new EmbeddedServer(this.#options()).start();
    for (const role of [ROLE, STRANGER])
      await this.query(`CREATE ROLE ${role} LOGIN NOSUPERUSER PASSWORD '${role}'`);
    await this.query(`CREATE DATABASE ${ROLE} OWNER ${ROLE}`);
    await this.query(
      `CREATE TABLE chaos_write (id bigserial PRIMARY KEY, election text NOT NULL, term numeric NOT NULL, instance text NOT NULL);
       CREATE TABLE chaos_run (id bigserial PRIMARY KEY, election text NOT NULL, tick bigint NOT NULL, term numeric NOT NULL,
                               instance text NOT NULL, caught_up boolean NOT NULL, fenced boolean NOT NULL);
       GRANT ALL ON chaos_write, chaos_write_id_seq, chaos_run, chaos_run_id_seq TO ${ROLE}`,
      ROLE,
    );
    await this.renewStandbys();
    return this;
  }

  /** @param {import('../../../tooling/embedded-postgres/postmaster.mjs').Settings} [settings] of one server alone */
  #options(settings) {
    return {
      settings: { ...this.#settings, ...settings },
      ...(this.disk && { environment: this.disk.environment }),
    };
  }

  /** The ordinary role's URL of the primary. */
  get url() {
    return this.#urlOf(ROLE);
  }

  /** That of a role which has nothing to do with the elections. */
  get strangersUrl() {
    return this.#urlOf(STRANGER);
  }

  /** The ordinary role's URL of the standby that lags. */
  get laggingUrl() {
    const { lagging } = this;
    if (!lagging) throw new Error('There is no standby that lags');
    return this.#urlOf(ROLE, lagging);
  }

  /** @param {string} role @param {EmbeddedServer} [server] */
  #urlOf(role, server = this.primary) {
    return Object.assign(new URL(server.urlOf(ROLE)), { username: role, password: role }).href;
  }

  /**
   * As the superuser.
   *
   * @param {string} sql @param {string} [database] @returns {Promise<any[]>}
   */
  async query(sql, database = 'postgres') {
    const client = new pg.Client(this.primary.urlOf(database));
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Makes new standbys for the primary of this moment. */
  renewStandbys() {
    this.#renewing = this.#renew();
    return this.#renewing;
  }

  async #renew() {
    const outdated = this.lagging;
    this.lagging = undefined;
    await outdated?.stop();
    const { primary } = this;
    this.standby = await primary.startStandby(this.#options({ cluster_name: HEIR }));
    this.lagging = await primary.startStandby(
      this.#options({
        cluster_name: LAGGING,
        recovery_min_apply_delay: LAG,
        log_statement: 'all',
      }),
    );
  }

  /** How often an instance has asked the standby that lags whether it is one, and tried to get a lock there, since it started. */
  async visitsToLagging() {
    const log = (await this.lagging?.log()) ?? '';
    const count = (/** @type {RegExp} */ what) => log.match(what)?.length ?? 0;
    return { visits: count(VISIT), tries: count(TRY) };
  }

  /**
   * The standby takes the primary's place.
   *
   * @param {'halt' | 'crash' | 'freeze'} end how the primary goes
   * @returns a function that ends a frozen primary, and with it all its connections
   */
  async failOver(end) {
    const { primary: old, standby } = this;
    if (!standby) throw new Error('There is no standby');
    this.standby = undefined;
    await this.#caughtUp();
    const frozen = end === 'freeze' ? await freeze(old) : [];
    if (end === 'halt') await old.halt('fast');
    if (end === 'crash') await old.halt('immediate');
    await standby.promote();
    this.primary = standby;
    return async () => {
      await killFrozen(old, frozen);
      await old.stop();
    };
  }

  /**
   * Replication is asynchronous. A standby that is promoted before it has everything loses terms, which then come again:
   * that is known (docs/guarantees.md), and not what is looked for here.
   */
  async #caughtUp() {
    for (;;) {
      const [found] = await this.query(
        `SELECT FROM pg_stat_replication
          WHERE application_name = '${HEIR}' AND state = 'streaming' AND replay_lsn = pg_current_wal_lsn()`,
      );
      if (found) return;
      await delay(5);
    }
  }

  async stop() {
    await this.#renewing.catch(() => {});
    await this.standby?.stop();
    await this.lagging?.stop();
    await this.primary.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** @param {boolean} ownNetwork */
  async #makeSettings(ownNetwork) {
    this.#directory = await mkdtemp(join(tmpdir(), 'chaos-'));
    // The server may run under another account than we do.
    await chmod(this.#directory, 0o755);
    const access = join(this.#directory, 'pg_hba.conf');
    const rules = ['127.0.0.1/32', `${NETWORK}.0/24`].flatMap((network) =>
      ['all', 'replication'].map((what) => `host ${what} all ${network} scram-sha-256\n`),
    );
    await writeFile(access, rules.join(''));
    return {
      hba_file: access,
      // So that a flush takes as long as the disk says.
      fsync: true,
      ...SMALL_QUEUE,
      wal_keep_size: '256MB',
      wal_retrieve_retry_interval: '100ms',
      ...(ownNetwork && { listen_addresses: `127.0.0.1,${HOST}` }),
    };
  }
}
