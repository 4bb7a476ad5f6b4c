import colours from 'picocolors';

/** @typedef {import('../../sample/02-cluster/src/cluster/cluster.service.js').ClusterService} ClusterService */
/** @typedef {import('../../sample/02-cluster/src/state/instances.js').Instance} Instance */

/** What the keys do. @type {Record<string, (service: ClusterService) => unknown>} */
const KEYS = {
  k: (service) => service.act('leader', 'kill'),
  s: (service) => service.act('leader', 'stop'),
  f: (service) => service.act('leader', 'freeze'),
  c: (service) => service.act('leader', 'cut-off'),
  t: (service) => bring(service, 'thaw', ({ phase }) => phase === 'frozen', 'frozen'),
  r: (service) => bring(service, 'reconnect', ({ isCutOff }) => isCutOff, 'cut off'),
  a: (service) => service.add(),
  p: (service) => service.restartServer(),
  o: (service) => service.setAutoRestart(service.cluster.restartDelay === undefined),
};

/** What the viewer can do, one key each. */
export class Actions {
  #service;
  #print;
  #quit;

  /**
   * @param {ClusterService} service
   * @param {(line: string) => void} print
   * @param {AbortController} quit
   */
  constructor(service, print, quit) {
    this.#service = service;
    this.#print = print;
    this.#quit = quit;
  }

  /** @param {string} key */
  async take(key) {
    if (key === 'q' || key === 'quit') return this.#quit.abort();
    try {
      await KEYS[key]?.(this.#service);
    } catch (error) {
      if (this.#quit.signal.aborted) return;
      this.#print(colours.bold(error instanceof Error ? error.message : String(error)));
    }
  }
}

/**
 * @param {ClusterService} service
 * @param {string} action
 * @param {(instance: Instance) => boolean} isLost
 * @param {string} state
 */
async function bring(service, action, isLost, state) {
  const lost = service.cluster.instances.find(isLost);
  if (!lost) throw new Error(`No instance is ${state}.`);
  await service.act(String(lost.number), action);
}
