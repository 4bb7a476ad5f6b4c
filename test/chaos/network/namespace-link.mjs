import { HOST, inside, namespace } from './own-network.mjs';

const CHAINS = /** @type {const} */ ({
  both: ['in', 'out'],
  'to the server': ['out'],
  'from the server': ['in'],
});

/** An instance in a network namespace of its own, whose packets can be dropped: the kernels' own TCP on both sides. */
export class NamespaceLink {
  canBeSlow = false;
  canReset = false;
  spawnPrefix = /** @type {string[]} */ ([]);
  #number;
  #end = () => {};

  /** @param {number} number */
  constructor(number) {
    this.#number = number;
  }

  async start() {
    const { enter, end } = await namespace(this.#number);
    this.spawnPrefix = enter;
    this.#end = end;
    return this;
  }

  /** @param {string} url */
  through(url) {
    return Object.assign(new URL(url), { hostname: HOST }).href;
  }

  /** @param {import('../../../tooling/proxies/proxy-link.mjs').Direction} direction */
  async silence(direction) {
    for (const chain of CHAINS[direction]) {
      await inside(this.spawnPrefix, `nft add rule inet chaos ${chain} drop`);
    }
  }

  /** @param {number} percent of the packets in each direction */
  async lose(percent) {
    for (const chain of CHAINS.both) {
      const rule = `numgen random mod 100 < ${percent} drop`;
      await inside(this.spawnPrefix, `nft add rule inet chaos ${chain} ${rule}`);
    }
  }

  async slow() {
    throw new Error('Packets can only be dropped here');
  }

  async reset() {
    throw new Error('Packets can only be dropped here');
  }

  /** @returns {Promise<() => void>} */
  async resetOnly() {
    throw new Error('Packets can only be dropped here');
  }

  async heal() {
    await inside(this.spawnPrefix, 'nft flush table inet chaos');
  }

  async stop() {
    this.#end();
  }
}
