/** @typedef {import('./records.mjs').Happening} Happening */
/** @typedef {import('../faults/fault.mjs').Struck} Struck */

/** How much of the log may be lost with a primary that crashed before its standby had it, in milliseconds. */
const LOST = 1_000;

/**
 * Terms that are not greater than those before.
 *
 * @param {ReadonlyMap<string, readonly Happening[]>} happenings
 * @param {readonly Struck[]} faults
 */
export function staleTerms(happenings, faults) {
  const elections = [...happenings]
    .flatMap(([process, all]) =>
      all.flatMap(({ what, at, term }) =>
        what === 'elected' && term !== undefined ? [{ process, at, term }] : [],
      ),
    )
    .sort((a, b) => a.at - b.at);
  return elections.slice(1).flatMap((election, index) => {
    const before = /** @type {typeof election} */ (elections[index]);
    if (BigInt(election.term) > BigInt(before.term)) return [];
    // Replication is asynchronous here: a term that was drawn just before a crash may be lost with the primary.
    const lost = faults.some(
      ({ kind, from }) =>
        kind.startsWith('standby promoted') && from > before.at - 1 && from - before.at < LOST,
    );
    return lost ? [] : [{ before, after: election }];
  });
}
