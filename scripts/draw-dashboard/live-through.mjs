// Runs three instances through several faults while Prometheus scrapes them.
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../../bench/child-processes/child.mjs';
import { EmbeddedServer } from '../../tooling/embedded-postgres/embedded-server.mjs';
import { freePort } from '../../tooling/embedded-postgres/free-port.mjs';
import { PrometheusServer } from '../../tooling/prometheus/prometheus-server.mjs';
import { ProxyLink } from '../../tooling/proxies/proxy-link.mjs';

const ELECTIONS = ['reminders', 'billing'];
const NAMES = ['orders-0', 'orders-1', 'orders-2'];

/** An instance whose connection to the server can become slow or go silent. */
class WatchedInstance {
  #child = /** @type {Child | undefined} */ (undefined);

  /** @param {string} name @param {number} port @param {ProxyLink} link @param {string} url */
  constructor(name, port, link, url) {
    this.name = name;
    this.port = port;
    this.link = link;
    this.url = url;
  }

  async start() {
    this.#child = new Child(new URL('instance-process.mjs', import.meta.url), {
      port: this.port,
      instanceId: this.name,
      connection: this.link.through(this.url),
      elections: ELECTIONS,
      heartbeatInterval: 500,
    });
    await this.#child.report('started');
  }

  /** Of its first election. @returns {Promise<string>} */
  role() {
    return /** @type {Child} */ (this.#child).ask('role');
  }

  async resign() {
    await this.#child?.ask('resign');
  }

  async kill() {
    await this.#child?.dispose();
  }
}

/**
 * Runs for two minutes.
 *
 * @template T
 * @param {(prometheus: PrometheusServer, range: { start: number, end: number }) => Promise<T>} look
 */
export async function liveThrough(look) {
  const server = await new EmbeddedServer().start();
  const prometheus = new PrometheusServer();
  /** @type {WatchedInstance[]} */
  const fleet = [];
  try {
    for (const name of NAMES) {
      const link = await new ProxyLink(() => Number(new URL(server.url).port)).start();
      fleet.push(new WatchedInstance(name, await freePort(), link, server.url));
    }
    const targets = fleet.map(({ name, port }) => ({ job: 'orders', instance: name, port }));
    await prometheus.start(targets);
    const start = Date.now() / 1_000;
    for (const instance of fleet) await instance.start();
    await delay(15_000);

    const killed = await leaderOf(fleet);
    await killed.kill();
    await delay(12_000);
    await killed.start();
    await delay(13_000);

    await (await leaderOf(fleet)).resign();
    await delay(15_000);

    for (const { link } of fleet) await link.slow(150);
    await delay(15_000);
    for (const { link } of fleet) await link.heal();
    await delay(10_000);

    const silent = await leaderOf(fleet);
    await silent.link.silence('both');
    await delay(20_000);
    await silent.link.heal();
    await delay(20_000);
    return await look(prometheus, { start, end: Date.now() / 1_000 });
  } finally {
    for (const { link } of fleet) await link.stop();
    for (const instance of fleet) await instance.kill();
    await prometheus.stop();
    await server.stop();
  }
}

/** @param {WatchedInstance[]} fleet */
async function leaderOf(fleet) {
  for (;;) {
    for (const instance of fleet) if ((await instance.role()) === 'leader') return instance;
    await delay(100);
  }
}
