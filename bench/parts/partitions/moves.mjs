/** @typedef {import('./instances.mjs').Entry} Entry */

/**
 * The minimum number of partitions that must move, so that each instance of a larger fleet leads its share.
 *
 * @param {readonly number[]} counts partitions of each instance before @param {number} size instances afterwards
 */
export function neededMoves(counts, size) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const share = Math.floor(total / size);
  /** How many instances may lead one more than the others. */
  const more = total - share * size;
  return counts
    .toSorted((one, other) => other - one)
    .map((count, index) => Math.max(0, count - (index < more ? share + 1 : share)))
    .reduce((sum, moves) => sum + moves, 0);
}

/**
 * The longest time for which a partition had no leader, in milliseconds.
 *
 * @param {readonly Entry[]} journal @param {{ partitions: readonly number[], at: number }} [freed] those whose leader died, and when
 */
export function longestGap(journal, freed = { partitions: [], at: 0 }) {
  const lost = [
    ...freed.partitions.map((partition) => ({ partition, at: freed.at })),
    ...journal.filter(({ type }) => type === 'demoted'),
  ];
  const gaps = lost.map(({ partition, at }) => {
    const next = journal
      .filter((entry) => entry.type === 'elected' && entry.partition === partition)
      .map((entry) => entry.at - at)
      .filter((gap) => gap >= 0);
    return Math.min(...next);
  });
  return Math.max(0, ...gaps);
}
