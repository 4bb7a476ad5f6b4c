import { monotonicNow } from '../../tooling/clock.mjs';

/** @typedef {import('../../tooling/instances/fleet.mjs').Fleet} Fleet */
/** @typedef {import('../../tooling/instances/instance.mjs').Instance} Instance */

/**
 * @typedef {object} Takeover
 * @property {Instance} leader the new one
 * @property {string} term
 * @property {number} milliseconds from the fault until the new leader read `isLeader` as true
 * @property {number} [afterDuties] the same, from the moment when the old leader's duties had stopped
 */

/**
 * Kills, stops or freezes a leader, and measures how long it takes until another one leads.
 *
 * @param {Fleet} fleet
 * @param {Instance} leader
 * @param {'kill' | 'stop' | 'freeze'} fault
 * @param {AbortSignal} signal
 * @returns {Promise<Takeover>}
 */
export async function measureTakeover(fleet, leader, fault, signal) {
  let dutiesStopped = 0;
  const off = fleet.on(({ instance, type, at }) => {
    if (instance !== leader) return;
    if (type === 'demoted' || type === 'job-ended' || type === 'hook-ended') dutiesStopped = at;
  });
  try {
    const other = fleet.first('elected', signal, ({ instance }) => instance !== leader);
    // Its last reports may arrive after the first ones of its successor.
    const released =
      fault === 'stop'
        ? fleet.first('released', signal, ({ instance }) => instance === leader)
        : undefined;
    const from = leader[fault]();
    const [elected] = await Promise.all([other, released]);
    return {
      leader: elected.instance,
      term: elected.term,
      milliseconds: elected.at - from,
      ...(fault === 'stop' && { afterDuties: elected.at - dutiesStopped }),
    };
  } finally {
    off();
  }
}

/**
 * The first leader of all, from now on.
 *
 * @param {Fleet} fleet
 * @param {AbortSignal} signal
 * @returns {Promise<Takeover>}
 */
export async function measureFirst(fleet, signal) {
  const from = monotonicNow();
  const { instance, term, at } = await fleet.first('elected', signal);
  return { leader: instance, term, milliseconds: at - from };
}
