import { setTimeout as delay } from 'node:timers/promises';
import { timings } from '../settings.mjs';

/** @typedef {import('./fault.mjs').Fault} Fault */

/** @type {Fault} */
const kill = {
  kind: 'SIGKILL',
  weight: 20,
  on: ['process'],
  async strike({ random }, instance) {
    await instance.kill();
    await delay(random.between(0, 500));
    await instance.start();
  },
};

/** @type {Fault} */
const freeze = {
  kind: 'SIGSTOP',
  weight: 20,
  on: ['process'],
  async strike({ random }, instance) {
    // Shorter than the trust, between the two deadlines, or longer than the lease.
    const longest = random.pick([0.8 * timings.renewDeadline, 1.1 * timings.leaseDuration, 4_000]);
    instance.freeze();
    await delay(random.between(50, longest));
    instance.thaw();
  },
};

/** @type {Fault} */
const stop = {
  kind: 'SIGTERM',
  weight: 8,
  on: ['process'],
  async strike({ random }, instance) {
    await instance.stop();
    await delay(random.between(0, 500));
    await instance.start();
  },
};

/** @type {Fault} */
const resign = {
  kind: 'resign',
  weight: 8,
  on: ['process'],
  possible: (_world, instance) => instance.leads,
  async strike(_world, instance) {
    instance.resign();
    await delay(100);
  },
};

export const processFaults = [kill, freeze, stop, resign];
