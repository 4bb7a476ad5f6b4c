import { createLogUpdate } from 'log-update';
import { monotonicNow } from '../../tooling/clock.mjs';
import { headlineOf, portray } from './built-cluster.mjs';
import { panel } from './panel.mjs';

/** @typedef {import('../../sample/02-cluster/src/cluster/cluster.service.js').ClusterService} ClusterService */

const REDRAW_INTERVAL = 200;
/** How many seconds of runs of the job are shown at most. */
const SECONDS = 60;

/** The present state of a cluster, below the lines that say what has happened. */
export class LivePanel {
  #service;
  #draw = createLogUpdate(process.stdout);
  #happenings;
  #timer;

  /** @param {ClusterService} service */
  constructor(service) {
    this.#service = service;
    this.#happenings = service.happenings$.subscribe(() => this.#show());
    this.#timer = setInterval(() => this.#show(), REDRAW_INTERVAL);
  }

  /** @param {string} text */
  print(text) {
    this.#draw.clear();
    console.log(text);
    this.#show();
  }

  /** Leaves the last state on the screen. */
  close() {
    clearInterval(this.#timer);
    this.#happenings.unsubscribe();
    this.#draw.done();
  }

  #show() {
    const { cluster, timings } = this.#service;
    const now = monotonicNow();
    const view = {
      headline: headlineOf(cluster, timings, now),
      rows: cluster.instances.map((instance) => ({
        instance,
        portrait: portray(instance, cluster, timings, now),
      })),
      runs: runsBySecond(cluster.marks.runs, now),
      restartsEnded: cluster.restartDelay !== undefined,
    };
    this.#draw(`\n${panel(view, process.stdout.columns || 80)}`);
  }
}

/**
 * The latest seconds, each with the number of the instance that ran the job in it.
 *
 * @param {readonly import('../../sample/02-cluster/src/state/marks.js').Run[]} runs
 * @param {number} now
 */
function runsBySecond(runs, now) {
  const wall = Date.now();
  // The job is due at every full second.
  const numbers = new Map(
    runs.map(({ instance, at }) => [Math.round((wall - (now - at)) / 1_000), String(instance)]),
  );
  const last = Math.round(wall / 1_000) - 1;
  return Array.from({ length: SECONDS }, (_, i) => numbers.get(last - SECONDS + 1 + i));
}
