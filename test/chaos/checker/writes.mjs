/** @typedef {{ id: string, term: string, instance: string }} Write */

/**
 * Writes that were committed in a term that was over: after one of a greater term.
 *
 * @param {readonly Write[]} writes in the order of their numbers
 */
export function staleWrites(writes) {
  let greatest = -1n;
  return writes.filter(({ term }) => {
    if (BigInt(term) < greatest) return true;
    greatest = BigInt(term);
    return false;
  });
}
