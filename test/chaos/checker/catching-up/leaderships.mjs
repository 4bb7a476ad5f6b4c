import { monotonicOf } from './ticks.mjs';

/** @typedef {import('../records.mjs').Happening} Happening */
/** @typedef {import('../records.mjs').Ran} Ran */

/**
 * A leadership, as its process wrote it down. Moments are monotonic.
 *
 * @typedef {object} Led
 * @property {string} process
 * @property {number} electedAt
 * @property {number | undefined} readyAt when its `onElected` had returned, and its job started
 * @property {number} until when it last read `isLeader` as true
 * @property {string | undefined} reason why it ended, as `onDemoted` was told; undefined if the process was killed before that
 * @property {number | undefined} releasedAt when the lock was given back
 * @property {readonly Run[]} runs of the job
 */

/** @typedef {Omit<Ran, 'since'> & { process: string, since: number }} Run where `since` is monotonic, too */

/**
 * All leaderships of an election, in order.
 *
 * @param {import('../records.mjs').Records} records
 * @param {number} epoch the wall clock at the beginning of the monotonic one
 * @returns {Led[]}
 */
export function leaderships({ intervals, happenings }, epoch) {
  return [...happenings]
    .flatMap(([process, all]) =>
      inTurns(
        all,
        intervals.filter((interval) => interval.process === process),
      ).flatMap((turn) => led(process, turn, epoch) ?? []),
    )
    .sort((a, b) => a.electedAt - b.electedAt);
}

/** @typedef {{ happenings: Happening[], intervals: import('../records.mjs').Interval[] }} Turn */

/**
 * What a process wrote down, in turns: each ends when the lock was given back, and has one leadership at the most.
 *
 * @param {readonly Happening[]} all
 * @param {readonly import('../records.mjs').Interval[]} intervals
 */
function inTurns(all, intervals) {
  const ends = all.filter(({ what }) => what === 'released').map(({ at }) => at);
  /** @type {Turn[]} */
  const turns = Array.from({ length: ends.length + 1 }, () => ({ happenings: [], intervals: [] }));
  const turnAt = (/** @type {number} */ moment) =>
    /** @type {Turn} */ (turns[ends.filter((end) => end < moment).length]);
  for (const happening of all) turnAt(happening.at).happenings.push(happening);
  for (const interval of intervals) turnAt(interval.from).intervals.push(interval);
  return turns;
}

/** @param {string} process @param {Turn} turn @param {number} epoch @returns {Led | undefined} */
function led(process, { happenings, intervals }, epoch) {
  const [first] = intervals;
  const last = intervals.at(-1);
  if (!first || !last) return undefined;
  const find = (/** @type {string} */ wanted) => happenings.find(({ what }) => what === wanted);
  return {
    process,
    electedAt: first.from,
    readyAt: find('ready')?.at,
    until: last.to,
    reason: find('demoted')?.reason,
    releasedAt: find('released')?.at,
    runs: happenings
      .filter((happening) => happening.what === 'ran')
      .map((happening) => {
        const ran = /** @type {Ran} */ (happening);
        return { ...ran, process, since: monotonicOf(ran.since, epoch) };
      }),
  };
}
