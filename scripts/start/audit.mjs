/** @typedef {import('../../tooling/instances/instance.mjs').Happening} Happening */
/** @typedef {import('../../tooling/instances/instance.mjs').Instance} Instance */

/**
 * Looks at everything that the instances reported, in the order in which it happened on the machine's
 * clock: never two leaders, never a job run by anyone else, never two runs at a time.
 */
export class Audit {
  /** @type {Happening[]} */
  #happenings = [];

  /** @param {import('../../tooling/instances/fleet.mjs').Fleet} fleet */
  constructor(fleet) {
    fleet.on((happening) => this.#happenings.push(happening));
  }

  /**
   * To be asked when things are quiet: reports of different instances overtake each other on the way.
   *
   * @returns {string[]} what was wrong, each kind once
   */
  violations() {
    /** @type {Set<Instance>} */
    const leading = new Set();
    /** @type {Set<Instance>} */
    const running = new Set();
    /** @type {Set<string>} */
    const wrong = new Set();
    for (const { instance, type } of this.#happenings.toSorted((a, b) => a.at - b.at)) {
      const { name } = instance;
      switch (type) {
        case 'elected':
        case 'lease-confirmed':
          for (const other of leading) wrong.add(`${name} was elected while ${other.name} led`);
          leading.add(instance);
          break;
        case 'demoted':
        case 'lease-unconfirmed':
          leading.delete(instance);
          break;
        case 'job-started':
          if (!leading.has(instance)) wrong.add(`${name} ran the job without leading`);
          for (const other of running) wrong.add(`${name} ran the job while ${other.name} did`);
          running.add(instance);
          break;
        case 'job-ended':
          running.delete(instance);
          break;
        case 'killed':
        case 'frozen':
        case 'gone':
          // From here on it does nothing; thawed, it has to be elected again before it may.
          leading.delete(instance);
          running.delete(instance);
          break;
      }
    }
    return [...wrong];
  }
}
