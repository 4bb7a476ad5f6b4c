import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import colours from 'picocolors';
import { duration, monotonicNow } from '../../tooling/clock.mjs';

/** @typedef {import('../../tooling/instances/fleet.mjs').Fleet} Fleet */
/** @typedef {import('../../tooling/instances/instance.mjs').Instance} Instance */

const REDRAW_INTERVAL = 200;
/** How many seconds of job runs are shown. */
const SECONDS = 40;

/** What is true at the moment, below the lines that tell what has happened. */
export class LivePanel {
  #fleet;
  #draw = createLogUpdate(process.stdout);
  /** Who ran the job, by the second of the wall clock. @type {Map<number, string>} */
  #runs = new Map();
  #leadsSince = 0;
  #leaderlessSince = monotonicNow();
  #timer;

  /** @param {Fleet} fleet */
  constructor(fleet) {
    this.#fleet = fleet;
    fleet.on(({ instance, type, at }) => {
      if (type === 'job-started') this.#noteRun(instance);
      if (type === 'elected') this.#leadsSince = at;
      if (['demoted', 'killed', 'gone', 'frozen'].includes(type)) this.#leaderlessSince = at;
      this.#show();
    });
    this.#timer = setInterval(() => this.#show(), REDRAW_INTERVAL);
  }

  /** @param {string} line */
  print(line) {
    this.#draw.clear();
    console.log(line);
    this.#show();
  }

  /** Leaves the last state on the screen. */
  close() {
    clearInterval(this.#timer);
    this.#draw.done();
  }

  #show() {
    this.#draw(`\n${this.#headline()}\n${this.#table()}\n${this.#timeline()}\n${keys()}`);
  }

  #headline() {
    const { leader, term } = this.#fleet;
    if (leader?.state === 'frozen') {
      const time = duration(monotonicNow() - this.#leaderlessSince);
      return colours.blue(`${leader.name} leads, but is frozen, for ${time} now`);
    }
    if (leader) {
      const time = duration(monotonicNow() - this.#leadsSince);
      return colours.green(`${colours.bold(`${leader.name} leads`)} in term ${term}, for ${time}`);
    }
    return colours.yellow(`Nobody leads, for ${duration(monotonicNow() - this.#leaderlessSince)}`);
  }

  #table() {
    const table = new Table({
      head: ['', 'role', 'process', 'address', 'job runs'],
      style: { head: [], border: [], compact: true },
      colWidths: [5, 20, 10, 26, 10],
    });
    for (const instance of this.#fleet.instances) {
      const { name, pid, url, runs } = instance;
      table.push([name, this.#role(instance), pid ?? '', url ?? '', runs]);
    }
    return table.toString();
  }

  /** @param {Instance} instance */
  #role(instance) {
    const { role, state } = instance;
    const shown = state === 'running' || state === 'starting' ? role : `${state} ${role}`;
    if (state === 'frozen') return colours.blue(shown);
    if (instance === this.#fleet.leader) return colours.green(colours.bold(shown));
    return role === 'heir' ? colours.cyan(shown) : shown;
  }

  /** @param {Instance} instance */
  #noteRun({ number }) {
    // The job is due at every full second.
    const second = Math.round(Date.now() / 1_000);
    this.#runs.set(second, this.#runs.has(second) ? '!' : String(number % 10));
    this.#runs.delete(second - SECONDS);
  }

  /** A character for each second: the number of the instance that ran the job. */
  #timeline() {
    const last = Math.round(Date.now() / 1_000) - 1;
    const seconds = Array.from({ length: SECONDS }, (_, i) => last - SECONDS + 1 + i);
    const cells = seconds.map((second) => this.#runs.get(second) ?? colours.dim('·'));
    return `job run by  ${cells.join('')}  ${colours.dim('(one a second)')}`;
  }
}

/** Fits a terminal of 80 columns. */
function keys() {
  /** @param {string} text */
  const key = (text) => `${colours.inverse(` ${text[0]} `)} ${text}`;
  const leader = ['kill', 'stop', 'freeze', 'thaw'].map(key).join('  ');
  return `the leader: ${leader}   ${key('add one')}   ${key('quit')}`;
}
