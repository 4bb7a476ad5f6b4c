import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { Instances } from './instances.mjs';
import { longestGap, neededMoves } from './moves.mjs';

const SIZES = [3, 10, 100];

/** In milliseconds. No partition moves after that: it is several times the interval at which an instance checks. */
const CALM = 5_000;

/** @typedef {{ samples: number, partitions: number }} Options */
/** @typedef {Awaited<ReturnType<typeof change>>} Change */
/** @typedef {{ size: number, joins: Change[], deaths: Change[], stops: Change[] }} Size */

/** @param {Options} options @param {import('../../progress.mjs').Progress} progress */
export async function measure({ samples, partitions }, progress) {
  progress.start(4 * samples * SIZES.length);
  const server = await new EmbeddedServer({ settings: { max_connections: 200 } }).start();
  /** @type {Size[]} */
  const sizes = [];
  try {
    const postgresql = server.version;
    for (const size of SIZES) {
      progress.begin(`starting ${size} instances`);
      const setup = { connection: server.url, name: `of ${size}`, count: partitions };
      const instances = new Instances(setup);
      try {
        await instances.startMany(size);
        await instances.balanced();
        sizes.push(await live(instances, { size, samples, progress }));
      } finally {
        await instances.dispose();
      }
    }
    return { postgresql, partitions, sizes };
  } finally {
    await server.stop();
  }
}

/**
 * In turn, an instance joins and one dies, and an instance joins and one stops.
 *
 * @param {Instances} instances
 * @param {{ size: number, samples: number, progress: import('../../progress.mjs').Progress }} how
 */
async function live(instances, { size, samples, progress }) {
  /** @type {Size} */
  const measured = { size, joins: [], deaths: [], stops: [] };
  /** @param {Change[]} list @param {string} what @param {() => Promise<Strike>} strike */
  const step = async (list, what, strike) => {
    progress.begin(`${what}, ${size} instances`);
    await delay(CALM);
    list.push(await change(instances, strike));
    progress.step();
  };
  for (let round = 0; round < samples; round += 1) {
    await step(measured.joins, 'join', () => join(instances));
    await step(measured.deaths, 'SIGKILL', () => kill(instances));
    await step(measured.joins, 'join', () => join(instances));
    await step(measured.stops, 'SIGTERM', () => stop(instances));
  }
  return measured;
}

/**
 * A change to the fleet.
 *
 * @typedef {object} Strike
 * @property {number} since the moment from which the time counts
 * @property {readonly number[]} freed the partitions whose leader died
 * @property {number} needed the minimum number of partitions that it required to be handed over
 */

/** @param {Instances} instances @param {() => Promise<Strike>} strike */
async function change(instances, strike) {
  const before = [...instances.all];
  const begin = monotonicNow();
  const { since, freed, needed } = await strike();
  const balanced = await instances.balanced();
  await delay(CALM);
  await instances.balanced();
  const everybody = new Set([...before, ...instances.all]);
  const journal = await instances.journal([...everybody], begin);
  const moves = journal.filter(({ type }) => type === 'demoted').length;
  return {
    /** In milliseconds. */
    balanced: balanced - since,
    longestGap: longestGap(journal, { partitions: freed, at: since }),
    moves,
    unneeded: moves - needed,
  };
}

/** The time counts from the moment at which the new instance has connected and knows the others. @param {Instances} instances */
async function join(instances) {
  const counts = await instances.counts();
  const newcomer = await instances.start();
  const since = await newcomer.report('ready');
  return { since, freed: [], needed: neededMoves(counts, counts.length + 1) };
}

/** @param {Instances} instances */
async function kill(instances) {
  const { freed, since } = await end(instances, 'SIGKILL');
  return { since, freed, needed: 0 };
}

/** @param {Instances} instances */
async function stop(instances) {
  const { freed, since } = await end(instances, 'SIGTERM');
  return { since, freed: [], needed: freed.length };
}

/** Ends the instance that leads the most partitions. @param {Instances} instances @param {NodeJS.Signals} signal */
async function end(instances, signal) {
  const instance = await instances.busiest();
  const freed = await instances.owned(instance);
  instances.all.delete(instance);
  const since = monotonicNow();
  instance.signal(signal);
  return { freed, since };
}
