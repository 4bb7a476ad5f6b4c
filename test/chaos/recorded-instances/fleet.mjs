import { cleanUpAfterExit } from '../../../tooling/process-lifetime/clean-up-after-exit.mjs';
import { NamespaceLink } from '../network/namespace-link.mjs';
import { ProxyLink } from '../../../tooling/proxies/proxy-link.mjs';
import { Instance } from './instance.mjs';

/**
 * @typedef {object} FleetSetup
 * @property {number} size
 * @property {boolean} ownNetwork whether some instances get a network namespace of their own
 * @property {() => string} url of the server (or of the pooler before it) at this moment
 * @property {string} directory
 * @property {readonly string[]} elections
 * @property {object} options of the elections
 */

/** Another server than that of the others, for some instances. @typedef {{ instances: readonly string[], url: string }} Detour */

/** The instances. */
export class Fleet {
  instances;
  #cleaner;
  /** @type {Detour | undefined} */
  #detour;

  /** @param {FleetSetup} setup */
  constructor({ size, ownNetwork, ...setup }) {
    const { url, directory } = setup;
    this.#cleaner = cleanUpAfterExit(new URL('./end-processes.mjs', import.meta.url), directory);
    this.instances = Array.from({ length: size }, (_, index) => {
      const name = String.fromCharCode(97 + index);
      const ownUrl = () => (this.#detour?.instances.includes(name) ? this.#detour.url : url());
      const link =
        ownNetwork && index % 2 === 1
          ? new NamespaceLink(index)
          : new ProxyLink(() => Number(new URL(ownUrl()).port));
      return new Instance({ ...setup, name, link, url: ownUrl });
    });
  }

  async start() {
    await Promise.all(this.instances.map(({ link }) => link.start()));
    await Promise.all(this.instances.map((instance) => instance.start()));
    return this;
  }

  get leader() {
    return this.instances.find(({ leads }) => leads);
  }

  get crashes() {
    return this.instances.flatMap(({ crashes }) => crashes);
  }

  /** All that is wrong ends; who is gone comes back. */
  async heal() {
    for (const instance of this.instances) {
      instance.thaw();
      await instance.link.heal();
      if (instance.state === 'gone') await instance.start();
    }
  }

  /** Tells all where the server is now. @param {Detour} [detour] where some find another instead */
  redirect(detour) {
    this.#detour = detour;
    for (const instance of this.instances) instance.redirect();
  }

  /** Stops all, as a deployment would. */
  async stop() {
    await Promise.all(this.instances.map((instance) => instance.stop()));
  }

  async dispose() {
    await Promise.all(this.instances.map((instance) => instance.kill()));
    await Promise.all(this.instances.map(({ link }) => link.stop()));
    await this.#cleaner.cleanUpNow();
  }
}
