/** @typedef {import('./records.mjs').Happening} Happening */

/** What may follow what in one process. @type {Record<string, string>} */
const NEXT = { elected: 'demoted', demoted: 'stopped', stopped: 'elected' };

/**
 * Hooks that were not called in turn: onElected, onDemoted, and onElected again only after onDemoted had finished.
 *
 * @param {ReadonlyMap<string, readonly Happening[]>} happenings
 */
export function unpairedHooks(happenings) {
  const found = [];
  for (const [process, all] of happenings) {
    let expected = 'elected';
    for (const { what, at } of all) {
      if (what in NEXT) {
        if (what !== expected) found.push({ process, at, expected, found: what });
        expected = /** @type {string} */ (NEXT[what]);
      } else if (what === 'ended' && expected !== 'elected') {
        // A process that ends in good order has ended its duties; one that is killed has not.
        found.push({ process, at, expected, found: what });
      }
    }
  }
  return found;
}
