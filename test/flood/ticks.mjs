// The instances' job is due at every full second, and runs once for each: on the leader of that moment or, where there was
// none, on the next. Moments are in milliseconds of the wall clock.

/** How early a timer may be. */
const EARLY = 50;

/**
 * How often it ran for the second that began at a moment.
 *
 * @param {readonly number[]} runs @param {number} second
 */
export function runsFor(runs, second) {
  return runs.filter((run) => run >= second - EARLY && run < second + 1_000 - EARLY).length;
}

/**
 * The seconds between two moments for which it did not run once.
 *
 * @param {readonly number[]} runs @param {number} from @param {number} to
 */
export function wrongTicks(runs, from, to) {
  const wrong = [];
  const first = Math.ceil((from + EARLY) / 1_000) * 1_000;
  for (let second = first; second + 1_000 <= to; second += 1_000) {
    const times = runsFor(runs, second);
    if (times !== 1) wrong.push({ second, times });
  }
  return wrong;
}

/**
 * How often a new leader ran it to catch up on what was missed; undefined where that can't be told from the run that was
 * due.
 *
 * @param {readonly number[]} runs @param {number} elected
 */
export function catchUps(runs, elected) {
  const next = Math.ceil(elected / 1_000) * 1_000;
  if (next - elected < 4 * EARLY || next - elected > 1_000 - 2 * EARLY) return undefined;
  return runs.filter((run) => run >= elected - EARLY && run < next - EARLY).length;
}
