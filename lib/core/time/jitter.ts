/** A number from 0 (inclusive) to 1 (exclusive); tests and simulations bring their own. */
export type Random = () => number;

/**
 * `milliseconds` give or take `share` of it, so that a fleet does not act in step.
 *
 * @internal
 */
export function jitter(milliseconds: number, random: Random, share = 0.2): number {
  return milliseconds * (1 + share * (2 * random() - 1));
}

/**
 * The pause before the attempt that follows `failures` failed ones: exponential, with full jitter, which spreads a
 * fleet best (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
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
