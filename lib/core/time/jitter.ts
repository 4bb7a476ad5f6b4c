/** Returns a number from 0 (inclusive) to 1 (exclusive). Tests and simulations replace it. */
export type Random = () => number;

/**
 * Returns `milliseconds` plus or minus up to the fraction `share`, so that a fleet does not act at the same time.
 *
 * @internal
 */
export function jitter(milliseconds: number, random: Random, share = 0.2): number {
  return milliseconds * (1 + share * (2 * random() - 1));
}

/**
 * Returns the pause after `failures` failed attempts: exponential, with full jitter, which spreads a fleet best
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @internal
 */
export function fullJitter(
  failures: number,
  first: number,
  longest: number,
  random: Random,
): number {
  return random() * Math.min(longest, first * 2 ** failures);
}
