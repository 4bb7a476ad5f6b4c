import { median } from 'simple-statistics';

/**
 * What the median of the last third exceeds that of the middle third by: the first third is left to warming up, and
 * medians do not mind a sample that was taken in the middle of something.
 *
 * @param {readonly number[]} values in their order
 */
export function growth(values) {
  const third = Math.floor(values.length / 3);
  if (third === 0) return 0;
  return median(values.slice(-third)) - median(values.slice(-2 * third, -third));
}
