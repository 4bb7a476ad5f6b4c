import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {import('../../tooling/instances/report.mjs').Status} Status */
/** @typedef {import('../../tooling/instances/fleet.mjs').Fleet} Fleet */
/** @typedef {import('../../tooling/instances/instance.mjs').Instance} Instance */

/** How many runs of the job are waited for. */
const RUNS = 3;
const POLL_INTERVAL = 100;

/**
 * What an instance answers to `GET /`.
 *
 * @param {Instance} instance
 * @param {AbortSignal} signal
 * @returns {Promise<Status>}
 */
export async function ask({ url, name }, signal) {
  try {
    // A connection that is kept open would have to be closed when the instance ends.
    const response = await fetch(url ?? '', { signal, headers: { connection: 'close' } });
    return /** @type {Status} */ (await response.json());
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${name} does not answer GET /`, { cause: error });
  }
}

/**
 * Asks all instances again and again, until the leader has run its job a few times, there is an heir
 * and every instance knows who leads.
 *
 * @param {Fleet} fleet
 * @param {AbortSignal} signal
 * @returns {Promise<number>} how many rounds of answers named exactly one leader
 */
export async function watchSteadiness(fleet, signal) {
  const { leader } = fleet;
  if (!leader) throw new Error('No instance leads.');
  const runs = leader.runs + RUNS;
  for (let rounds = 1; ; rounds += 1) {
    const asked = fleet.instances.filter(({ state }) => state === 'running');
    const answers = await Promise.all(asked.map((instance) => ask(instance, signal)));
    const leaders = asked.filter((_, index) => answers[index]?.isLeader);
    if (leaders.length !== 1 || leaders[0] !== leader) {
      const names = leaders.map(({ name }) => name).join(' and ') || 'nobody';
      throw new Error(`${leader.name} was elected, but the instances answered that ${names} led.`);
    }
    const isSettled =
      answers.some(({ role }) => role === 'heir') &&
      answers.every((answer) => answer.leader?.instanceId === leader.instanceId);
    if (isSettled && leader.runs >= runs) return rounds;
    await delay(POLL_INTERVAL, undefined, { signal });
  }
}
