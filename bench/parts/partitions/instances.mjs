import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { Child } from '../../child-processes/child.mjs';

const script = new URL('../../child-processes/partitions-process.mjs', import.meta.url);

const LOOK_EVERY = 10;
/** How many are started at a time, so that their starts do not compete for the CPU. */
const AT_A_TIME = 4;

/** @typedef {{ type: 'elected' | 'demoted', partition: number, at: number }} Entry */

/** Instances that share the partitions of one set, each in a separate process. */
export class Instances {
  /** @type {Set<Child>} */
  all = new Set();
  #started = 0;

  /** @param {{ connection: string, name: string, count: number }} setup */
  constructor(setup) {
    this.setup = setup;
  }

  /** Resolves when it knows the leader of every partition. @returns {Promise<Child>} */
  async start() {
    const instanceId = `instance ${(this.#started += 1)}`;
    const instance = new Child(script, { ...this.setup, instanceId });
    this.all.add(instance);
    await instance.report('ready');
    return instance;
  }

  /** @param {number} size */
  async startMany(size) {
    while (this.all.size < size) {
      const next = Math.min(AT_A_TIME, size - this.all.size);
      await Promise.all(Array.from({ length: next }, () => this.start()));
    }
  }

  /** @param {Child} instance */
  async owned(instance) {
    /** @type {number[]} */
    const owned = await instance.detail('owned');
    return owned;
  }

  /** How many partitions each instance leads. */
  counts() {
    return Promise.all([...this.all].map(async (instance) => (await this.owned(instance)).length));
  }

  /** Resolves with the moment at which every partition has a leader and every instance leads its share. */
  async balanced() {
    for (;;) {
      const counts = await this.counts();
      const share = this.setup.count / counts.length;
      const isFair = (/** @type {number} */ count) =>
        count === Math.floor(share) || count === Math.ceil(share);
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (total === this.setup.count && counts.every(isFair)) return monotonicNow();
      await delay(LOOK_EVERY);
    }
  }

  async busiest() {
    const counts = await this.counts();
    return /** @type {Child} */ ([...this.all][counts.indexOf(Math.max(...counts))]);
  }

  /** What has happened since a moment, in any order. @param {readonly Child[]} instances @param {number} since */
  async journal(instances, since) {
    /** @type {Entry[][]} */
    const journals = await Promise.all(instances.map((instance) => instance.detail('journal')));
    return journals.flat().filter(({ at }) => at >= since);
  }

  dispose() {
    return Promise.all([...this.all].map((instance) => instance.dispose()));
  }
}
