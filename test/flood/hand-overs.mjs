import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow } from '../../tooling/clock.mjs';
import { Waiting } from './flooded-instances/waiting.mjs';
import { catchUps, runsFor } from './ticks.mjs';

/** @typedef {import('../../tooling/instances/fleet.mjs').Fleet} Fleet */
/** @typedef {import('../../tooling/instances/instance.mjs').Instance} Instance */
/** @typedef {import('./bounds.mjs').Kind} Kind */
/** @typedef {import('./flooded-instances/witness.mjs').Witness} Witness */

/**
 * @typedef {object} HandOver
 * @property {Kind} kind
 * @property {number | undefined} milliseconds until the next leader; undefined when there was none
 * @property {number} waited for how many of them those who had a part in it waited for a processor
 * @property {string | undefined} tick what was wrong with the job
 */

/**
 * @typedef {object} Setting
 * @property {import('./bounds.mjs').Takeover} takeover
 * @property {Fleet} fleet
 * @property {import('./database.mjs').Database} database
 * @property {Witness} witness
 * @property {import('../chaos/random.mjs').Random} random
 * @property {AbortSignal} stop
 */

/** How long a leader leads before it has to go, in milliseconds: others look up who holds the lock. */
const SERVES = 1_200;
/** How long the fleet may take to be whole, with a leader, an heir and a standby; how long for a new leader. */
const PATIENCE = 15_000;

/** Graceful ones, and a crash in their midst. @param {number} pairs @returns {Kind[]} */
export function planHandOvers(pairs) {
  const graceful = Array.from(
    { length: pairs },
    () => /** @type {const} */ (['resign', 'SIGTERM']),
  );
  const plan = /** @type {Kind[]} */ (graceful.flat());
  plan.splice(pairs, 0, 'SIGKILL');
  return plan;
}

/** Resolves when all three are what they should be, and the leader has led for a while. @param {Setting} setting */
export async function settled({ fleet, witness, stop }) {
  const deadline = monotonicNow() + PATIENCE;
  for (;;) {
    const roles = fleet.instances.map(({ role }) => role).sort();
    const isWhole = String(roles) === 'heir,leader,standby';
    if (isWhole && fleet.leader && monotonicNow() - witness.electedAt > SERVES) return;
    if (monotonicNow() > deadline) {
      throw new Error(
        `The fleet was not whole within ${PATIENCE} ms: ${String(roles) || 'nobody'}`,
      );
    }
    await delay(20, undefined, { signal: stop });
  }
}

/**
 * Brings the leadership to its end, and waits for the next one.
 *
 * @param {Kind} kind @param {Setting} setting
 * @returns {Promise<HandOver>}
 */
export async function handOver(kind, setting) {
  const { database, fleet, witness, random, stop } = setting;
  const nobody = { kind, milliseconds: undefined, waited: 0, tick: undefined };
  await settled(setting);
  await delay(untilMiddleOfSecond(random), undefined, { signal: stop });
  const backends = await database.backends();
  const { instances, leader } = fleet;
  if (!leader) return nobody;
  const backendOf = (/** @type {Instance} */ { pid }) => backends.get(String(pid));
  const waiting = new Waiting([...instances.map(({ pid = 0 }) => pid), ...backends.values()]);
  const second = Math.floor(Date.now() / 1_000) * 1_000;
  const patience = AbortSignal.any([stop, AbortSignal.timeout(PATIENCE)]);
  const struck = monotonicNow();
  witness.expected = leader;
  const elected = fleet
    .first('elected', patience, ({ at }) => at > struck)
    .then(({ at, instance }) => {
      const involved = [instance.pid, backendOf(instance), leader.pid, backendOf(leader)];
      return { at, waited: waiting.of(involved) };
    });
  const stopped =
    kind === 'SIGKILL'
      ? Promise.resolve({ at: leader.kill() })
      : fleet.first('hook-ended', patience, ({ instance }) => instance === leader);
  if (kind === 'resign') leader.tell('resign');
  if (kind === 'SIGTERM') leader.stop();
  const [next, since] = await Promise.allSettled([elected, stopped]);
  stop.throwIfAborted();
  witness.expected = undefined;
  if (kind !== 'resign') {
    await leader.ended;
    fleet.start({ number: leader.number });
  }
  if (next.status === 'rejected' || since.status === 'rejected') {
    return nobody;
  }
  const milliseconds = next.value.at - since.value.at;
  const led = next.value.at + witness.wallClock;
  // The ticks of this second, and what the new leader caught up on, are told by then.
  await delay(Math.ceil(led / 1_000) * 1_000 + 100 - Date.now(), undefined, { signal: stop });
  const ticks = { runs: witness.ticks, second, led, milliseconds };
  return { kind, milliseconds, waited: next.value.waited, tick: wrongTick(kind, ticks) };
}

/** So that no tick is due while nobody leads for a moment. @param {Setting['random']} random */
function untilMiddleOfSecond(random) {
  return (random.between(1_400, 1_600) - (Date.now() % 1_000)) % 1_000;
}

/**
 * @param {Kind} kind
 * @param {{ runs: readonly number[], second: number, led: number, milliseconds: number }} ticks
 */
function wrongTick(kind, { runs, second, led, milliseconds }) {
  if (kind !== 'SIGKILL') {
    const times = runsFor(runs, second);
    return times === 1 ? undefined : `the job ran ${times} times for one tick`;
  }
  // Only where ticks were certainly missed is it certain that there is something to catch up on.
  const times = milliseconds > 1_500 ? catchUps(runs, led) : 1;
  if (times === undefined || times === 1) return undefined;
  return `the job ran ${times} times to catch up on the ticks that were missed`;
}
