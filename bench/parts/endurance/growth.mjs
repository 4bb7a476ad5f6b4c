import { median } from 'simple-statistics';

/**
 * The median of the last third minus the median of the middle third. The first third is for warming up, and medians
 * tolerate a sample that was taken at a bad moment.
 *
 * @param {readonly number[]} values in order of time
 */
export function growth(values) {
  const third = Math.floor(values.length / 3);
  if (third === 0) return 0;
  return median(values.slice(-third)) - median(values.slice(-2 * third, -third));
}
