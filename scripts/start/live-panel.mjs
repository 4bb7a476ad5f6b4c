import { createLogUpdate } from 'log-update';
import { monotonicNow } from '../../tooling/clock.mjs';
import { headlineOf, portray } from './built-cluster.mjs';
import { panel } from './panel.mjs';

/** @typedef {import('../../sample/02-cluster/src/cluster/cluster.service.js').ClusterService} ClusterService */

const REDRAW_INTERVAL = 200;
/** For how many seconds runs of the job are kept. */
const SECONDS = 60;

/** The present state of a cluster, below the lines that say what has happened. */
export class LivePanel {
  #service;
  #draw = createLogUpdate(process.stdout);
  /** The numbers of the instances that ran the job, by the second of the wall clock. @type {Map<number, string>} */
  #runs = new Map();
  #happenings;
  #timer;

  /** @param {ClusterService} service */
  constructor(service) {
    this.#service = service;
    this.#happenings = service.happenings$.subscribe((happening) => {
      if (happening.type === 'job-started') this.#noteRun(happening);
      this.#show();
    });
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
      runs: this.#runsBySecond(),
      restartsEnded: cluster.restartDelay !== undefined,
    };
    this.#draw(`\n${panel(view, process.stdout.columns || 80)}`);
  }

  /** @param {{ instance: number, at: number }} run */
  #noteRun({ instance, at }) {
    // The job is due at every full second.
    const second = Math.round((Date.now() - (monotonicNow() - at)) / 1_000);
    this.#runs.set(second, String(instance));
    this.#runs.delete(second - SECONDS);
  }

  /** The latest seconds, each with the instance that ran the job in it. */
  #runsBySecond() {
    const last = Math.round(Date.now() / 1_000) - 1;
    return Array.from({ length: SECONDS }, (_, i) => this.#runs.get(last - SECONDS + 1 + i));
  }
}
