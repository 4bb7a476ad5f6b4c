import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { SETTLED, timings } from '../settings.mjs';
import { instanceFaults } from './kinds.mjs';
import { serverFaults } from './server-faults.mjs';

/** @typedef {import('./fault.mjs').Fault} Fault */
/** @typedef {import('./fault.mjs').Struck} Struck */

/** How many faults may be under way at the same time. */
const AT_ONCE = 3;
/** How many of them come alone, to a leader in a world that has settled, so that their gaps can be told apart. */
const ALONE = 0.06;

/**
 * Does one thing after the other to the world, and often several at once.
 *
 * @param {import('./fault.mjs').World} world
 * @param {{ enough: (count: number) => boolean, onStruck: (fault: Struck) => void }} options
 */
export async function cause(world, { enough, onStruck }) {
  const { fleet, random } = world;
  /** @type {Set<Promise<void>>} */
  const underWay = new Set();
  let started = 0;
  while (!enough(started)) {
    const alone = random.chance(ALONE);
    if (alone) await Promise.all(underWay);
    await delay(alone ? SETTLED + 500 : random.between(0, 700));
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    const leader = alone || random.chance(0.7) ? fleet.leader : undefined;
    const instance = leader ?? random.pick(fleet.instances);
    const fault = choose(world, instance);
    if (!fault) continue;
    started += 1;
    const strike = struck(world, fault, instance).then((done) => {
      underWay.delete(strike);
      onStruck(done);
    });
    underWay.add(strike);
    if (alone) {
      await strike;
      await delay(2 * timings.leaseDuration);
    }
  }
  await Promise.all(underWay);
}

/**
 * @param {import('./fault.mjs').World} world
 * @param {import('./fault.mjs').Instance} instance
 */
export function choose(world, instance) {
  const faults = [...instanceFaults, ...(world.serverIsBusy ? [] : serverFaults)];
  return world.random.weighted(
    faults.filter(
      ({ on, possible }) =>
        on.every((what) => !instance.faults.has(what)) && (possible?.(world, instance) ?? true),
    ),
  );
}

/**
 * @param {import('./fault.mjs').World} world
 * @param {Fault} fault
 * @param {import('./fault.mjs').Instance} instance
 * @returns {Promise<Struck>}
 */
async function struck(world, fault, instance) {
  const { kind, on, exempt } = fault;
  const ofServer = serverFaults.includes(fault);
  for (const what of on) instance.faults.add(what);
  if (ofServer) world.serverIsBusy = true;
  const from = monotonicNow();
  let outcome;
  try {
    outcome = await fault.strike(world, instance);
  } finally {
    for (const what of on) instance.faults.delete(what);
    if (ofServer) world.serverIsBusy = false;
  }
  const { passed = monotonicNow(), ...known } = outcome ?? {};
  return {
    kind,
    from,
    to: passed,
    ...(!ofServer && { instance: instance.name }),
    ...(exempt && { exempt }),
    ...known,
  };
}
