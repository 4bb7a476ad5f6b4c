import { max } from 'simple-statistics';

/** How the library pauses between two attempts, in milliseconds. */
const FIRST = 1_000;
const EQUAL = 4;
const LONGEST = 5_000;

/**
 * The largest number of candidates that connect within one bucket after an outage, if only their pauses decide: on a
 * machine on which every timer fires on time, and with a server that accepts all connections at once.
 *
 * @param {{ candidates: number, outage: number, bucket: number }} world `outage` and `bucket` in milliseconds
 * @param {() => number} [random]
 */
export function peakOfPauses({ candidates, outage, bucket }, random = Math.random) {
  /** @type {number[]} */
  const counts = [];
  for (let candidate = 0; candidate < candidates; candidate += 1) {
    const index = Math.floor((backAt(outage, random) - outage) / bucket);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return max(Array.from(counts, (count) => count ?? 0));
}

/** @param {number} outage @param {() => number} random */
function backAt(outage, random) {
  let at = 0;
  for (let failures = 0; at < outage; failures += 1)
    at += random() * Math.min(LONGEST, FIRST * 2 ** Math.max(0, failures + 1 - EQUAL));
  return at;
}
