import { setTimeout as delay } from 'node:timers/promises';
import { Instance } from './instance.mjs';

/** @typedef {import('./instance.mjs').Happening} Happening */
/** @typedef {import('./instance.mjs').InstanceSetup} InstanceSetup */

/**
 * @template {Happening['type']} T
 * @typedef {Extract<Happening, { readonly type: T }>} Of
 */

/** How many milliseconds an instance may take to stop. */
const PATIENCE = 5_000;

/** The instances, and everything that happens to them. */
export class Fleet {
  /** Those that have not ended. @type {readonly Instance[]} */
  instances = [];
  /** The one that was elected last, unless it has lost its leadership. @type {Instance | undefined} */
  leader;
  /** The leader's. @type {string | undefined} */
  term;
  #started = 0;
  #electedAt = 0;
  #isEnding = false;
  /** @type {Set<(happening: Happening) => void>} */
  #listeners = new Set();
  #options;

  /** @param {Omit<InstanceSetup, 'link'>} options */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Starts another instance.
   *
   * @param {{ number?: number, link?: InstanceSetup['link'] }} [place] the number of an instance that has ended
   */
  start({ number = this.#started + 1, link } = {}) {
    this.#started = Math.max(this.#started, number);
    const setup = { ...this.#options, ...(link && { link }) };
    const instance = new Instance(number, setup, (happening) => this.#hear(happening));
    this.instances = [...this.instances, instance];
    return instance;
  }

  /** @param {(happening: Happening) => void} listener */
  on(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Resolves with the first happening of a type from now on, for which `wanted` is true.
   *
   * @template {Happening['type']} T
   * @param {T} type
   * @param {AbortSignal} signal rejects with its reason
   * @param {(happening: Of<T>) => boolean} [wanted]
   * @returns {Promise<Of<T>>}
   */
  first(type, signal, wanted = () => true) {
    return new Promise((resolve, reject) => {
      const aborted = () => {
        off();
        const { reason } = signal;
        reject(reason instanceof Error ? reason : new Error(String(reason)));
      };
      const off = this.on((happening) => {
        if (happening.type !== type) return;
        const candidate = /** @type {Of<T>} */ (happening);
        if (!wanted(candidate)) return;
        off();
        signal.removeEventListener('abort', aborted);
        resolve(candidate);
      });
      if (signal.aborted) aborted();
      else signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Ends all instances, including frozen ones. Listeners no longer hear of it. */
  async end() {
    this.#isEnding = true;
    const { instances } = this;
    for (const instance of instances) {
      if (instance.state === 'frozen' || instance.isCutOff) instance.kill();
      else instance.stop();
    }
    const ended = Promise.all(instances.map((instance) => instance.ended));
    const patience = new AbortController();
    await Promise.race([ended, delay(PATIENCE, undefined, { signal: patience.signal })]);
    for (const instance of this.instances) instance.kill();
    await ended;
    patience.abort();
  }

  /** @param {Happening} happening */
  #hear(happening) {
    this.#follow(happening);
    if (this.#isEnding) return;
    for (const listener of [...this.#listeners]) listener(happening);
  }

  /** @param {Happening} happening */
  #follow(happening) {
    const { instance, type, at } = happening;
    if (type === 'elected' && at > this.#electedAt) {
      this.leader = instance;
      this.term = happening.term;
      this.#electedAt = at;
    }
    if (type === 'demoted' || type === 'killed' || type === 'gone') {
      if (this.leader === instance) this.leader = undefined;
    }
    if (type === 'gone') this.instances = this.instances.filter((other) => other !== instance);
  }
}
