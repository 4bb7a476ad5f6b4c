import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../embedded-postgres/free-port.mjs';

/** How long it may take to start, in milliseconds. */
const PATIENCE = 30_000;

/**
 * @typedef {object} Target
 * @property {string} job
 * @property {string} instance its name in the label
 * @property {number} port of its endpoint `/metrics` on loopback
 */

/** @typedef {{ metric: Record<string, string>, value: [number, string] }} Result of an instant query */
/** @typedef {{ metric: Record<string, string>, values: [number, string][] }} Range */

/** A Prometheus of our own, which scrapes once a second. Debian's package has the program. */
export class PrometheusServer {
  #directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  #url = '';
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;
  /** @type {Promise<void> | undefined} */
  #ended;
  #output = '';
  #onExit = () => void this.#process?.kill('SIGKILL');

  /** @param {readonly Target[]} targets */
  async start(targets) {
    const port = await freePort();
    this.#url = `http://127.0.0.1:${port}`;
    const config = join(this.#directory, 'prometheus.yml');
    writeFileSync(config, JSON.stringify(configuration(targets))); // JSON is YAML, too.
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(this.#directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#output += text));
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#output += error.message;
        resolve();
      });
      child.once('exit', () => resolve());
    });
    process.once('exit', this.#onExit);
    await this.#ready();
    return this;
  }

  /** What an expression comes to at this moment. @param {string} expression @returns {Promise<Result[]>} */
  query(expression) {
    return this.#ask('query', { query: expression });
  }

  /**
   * What an expression came to from one moment to another.
   *
   * @param {string} expression
   * @param {{ start: number, end: number, step: number }} range in seconds since 1970, and seconds
   * @returns {Promise<Range[]>}
   */
  queryRange(expression, { start, end, step }) {
    const range = { start: String(start), end: String(end), step: String(step) };
    return this.#ask('query_range', { query: expression, ...range });
  }

  async stop() {
    this.#process?.kill('SIGTERM');
    await this.#ended;
    process.off('exit', this.#onExit);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** @param {string} what @param {Record<string, string>} parameters @returns {Promise<any>} */
  async #ask(what, parameters) {
    const query = new URLSearchParams(parameters).toString();
    const response = await fetch(`${this.#url}/api/v1/${what}?${query}`);
    const { status, error, data } = /** @type {any} */ (await response.json());
    if (status !== 'success') throw new Error(`${parameters['query']}: ${error}`);
    return data.result;
  }

  async #ready() {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const response = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
      if (response?.ok) return;
      const isOver = this.#process?.exitCode !== null || performance.now() > deadline;
      if (isOver) throw new Error(`Prometheus did not start: ${this.#output}`);
      await delay(50);
    }
  }
}

/** @param {readonly Target[]} targets */
function configuration(targets) {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [...new Set(targets.map(({ job }) => job))].map((job) => ({
      job_name: job,
      static_configs: targets
        .filter((target) => target.job === job)
        .map(({ instance, port }) => ({ targets: [`127.0.0.1:${port}`], labels: { instance } })),
    })),
  };
}
