/** @typedef {import('../../tooling/instances/instance.mjs').Happening} Happening */
/** @typedef {import('../../tooling/instances/instance.mjs').Instance} Instance */

/**
 * Checks everything that the instances reported, in the order of the machine's clock: there are never
 * two leaders, no other instance runs the job, and it never runs twice at a time.
 */
export class Audit {
  /** @type {Happening[]} */
  #happenings = [];

  /** @param {import('../../tooling/instances/fleet.mjs').Fleet} fleet */
  constructor(fleet) {
    fleet.on((happening) => this.#happenings.push(happening));
  }

  /**
   * Call it when nothing is going on: reports of different instances may overtake each other on the way.
   *
   * @returns {string[]} what went wrong, without repetitions
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
          // From here on it does nothing; after a thaw, it has to be elected again first.
          leading.delete(instance);
          running.delete(instance);
          break;
      }
    }
    return [...wrong];
  }
}
