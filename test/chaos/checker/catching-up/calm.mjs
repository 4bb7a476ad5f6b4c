import { instanceOf } from '../records.mjs';

/** @typedef {import('../../faults/fault.mjs').Struck} Struck */

/**
 * For how long a fault may be felt when it is over, in milliseconds: TCP sends again, later each time, and what was left of a
 * session has ended.
 */
export const RECOVERY = 2_500;

/** What may refuse announcements. */
const FULL_QUEUE = /queue of notifications|stranger/;

/** The faults of a run, by instance and time. */
export class Calm {
  #faults;

  /** @param {readonly Struck[]} faults */
  constructor(faults) {
    this.#faults = faults;
  }

  /** Whether nothing was done to an instance. @param {string} process @param {number} from @param {number} to */
  ofInstance(process, from, to) {
    return this.faultsOf(process, from, to).length === 0;
  }

  /** @param {number} from @param {number} to */
  ofServer(from, to) {
    return this.faultsOfServer(from, to).length === 0;
  }

  /** Whether all announcements could be delivered. @param {number} from @param {number} to */
  ofAnnouncements(from, to) {
    return this.faultsOfServer(from, to).every(({ kind }) => !FULL_QUEUE.test(kind));
  }

  /** What was done to an instance, and felt in a time. @param {string} process @param {number} from @param {number} to */
  faultsOf(process, from, to) {
    return this.#during(from, to).filter(({ instance }) => instance === instanceOf(process));
  }

  /** @param {number} from @param {number} to */
  faultsOfServer(from, to) {
    return this.#during(from, to).filter(({ instance }) => instance === undefined);
  }

  /** @param {number} from @param {number} to */
  #during(from, to) {
    return this.#faults.filter((fault) => fault.from <= to && fault.to + RECOVERY >= from);
  }
}
