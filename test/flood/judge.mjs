import { boundOf, GROWTH, HEARTBEAT, LINES, MOST_WAITING } from './bounds.mjs';

/** @typedef {import('./bounds.mjs').Kind} Kind */
/** @typedef {import('./hand-overs.mjs').HandOver} HandOver */
/** @typedef {import('./run-flood.mjs').Run} Run */

/** The share of the rate asked for that must have been sent and delivered for the run to say anything. */
const ENOUGH = 0.95;

/**
 * What a run showed that must not be.
 *
 * @param {Run} run
 * @returns {string[]}
 */
export function judge(run) {
  const { takeover, witness, quiet, flooded, sent, rate } = run;
  const asked = (rate * sent.milliseconds) / 1_000;
  const delivered = Math.min(sent.messages, sent.delivered);
  return [
    ...(delivered < ENOUGH * asked
      ? [`the flood was too small: ${delivered} messages of ${Math.round(asked)}`]
      : []),
    ...witness.crashes.map((crash) => `a process ended: ${crash}`),
    ...witness.endings.map((ending) => `a term ended that nobody had ended: ${ending}`),
    ...(witness.elections.steady > 0
      ? [`${witness.elections.steady + 1} terms while nothing happened but the flood`]
      : []),
    ...run.wrongTicks.map(({ times }) => `steady: the job ran ${times} times for one tick`),
    ...quiet.failures.map((failure) => `without the flood: ${failure}`),
    ...flooded.failures.map((failure) => `in the flood: ${failure}`),
    ...wrongHandOvers(quiet.done).map((wrong) => `without the flood: ${wrong}`),
    ...wrongHandOvers(flooded.done).map((wrong) => `in the flood: ${wrong}`),
    ...slowHandOvers(run),
    ...slowHeartbeats(witness.heartbeats),
    ...grown(witness.memory),
    ...(witness.lines.steady > LINES
      ? [`${witness.lines.steady} lines were logged while nothing happened but the flood`]
      : []),
  ].map((violation) => `${takeover}: ${violation}`);
}

/** @param {readonly HandOver[]} handOvers */
function wrongHandOvers(handOvers) {
  return handOvers.flatMap(({ kind, milliseconds, tick }) => [
    ...(milliseconds === undefined ? [`${kind}: nobody led afterwards`] : []),
    ...(milliseconds !== undefined && milliseconds < 0
      ? [`${kind}: the next leader led ${-milliseconds} ms before the duties had ended`]
      : []),
    ...(tick === undefined ? [] : [`${kind}: ${tick}`]),
  ]);
}

/** @param {Run} run */
function slowHandOvers(run) {
  return run.flooded.done.flatMap((handOver) => {
    const { kind, milliseconds = 0 } = handOver;
    const limit = limitOf(kind, run);
    if (own(handOver) <= limit) return [];
    const waited = round(milliseconds - own(handOver));
    return [
      `${kind} in the flood: another led after ${round(milliseconds)} ms, of which ${waited} ms were spent waiting for a processor; ≤ ${round(limit)} besides`,
    ];
  });
}

/** What a hand-over took, but for the processors that others had. @param {HandOver} handOver */
export function own({ milliseconds = 0, waited }) {
  return milliseconds - Math.min(waited, MOST_WAITING);
}

/**
 * The bound and, where this machine is too slow for that, what a hand-over of this kind needed beyond it without the flood.
 *
 * @param {Kind} kind @param {Pick<Run, 'takeover' | 'quiet'>} run
 */
export function limitOf(kind, { takeover, quiet }) {
  const bound = boundOf(kind, takeover);
  const alike = quiet.done.filter((other) => boundOf(other.kind, takeover) === bound);
  return Math.max(bound, ...alike.map(own));
}

/** @param {Run['witness']['heartbeats']} heartbeats */
function slowHeartbeats({ steady, 'hand-overs': handOvers }) {
  return [...steady, ...handOvers].flatMap(([instance, milliseconds]) => {
    const slow = milliseconds.filter((each) => each >= HEARTBEAT);
    if (slow.length === 0) return [];
    return [
      `${slow.length} heartbeats of ${instance} took ${HEARTBEAT} ms or more, the slowest ${round(Math.max(...slow))} ms`,
    ];
  });
}

/** @param {Run['witness']['memory']} memory */
function grown(memory) {
  return [...memory].flatMap(([process, looks]) => {
    const [first, last] = [looks[0], looks.at(-1)];
    const bytes = first && last ? last.heap - first.heap : 0;
    return bytes > GROWTH ? [`the heap of ${process} has grown by ${round(bytes / 1e6)} MB`] : [];
  });
}

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;
