import { LONGEST_PAUSE, timings } from '../settings.mjs';

/** @typedef {import('../faults/fault.mjs').Struck} Struck */

/** What a busy machine may add, in milliseconds: five instances, two servers and their observer share it. */
export const SLACK = 750;

const { leaseDuration, renewDeadline } = timings;

/** How long a new leader waits with the lock, where it has to: see `lib/core/election/takeover-rule.ts`. */
const TAKEOVER = 1.02 * renewDeadline;

/**
 * How long nobody may lead after a fault that came alone, in milliseconds. Measured from the last leader's last moment.
 *
 * @param {Struck} fault
 * @param {number} from the beginning of the gap
 * @param {'fast' | 'strict'} takeover
 */
export function bounds({ kind, to }, from, takeover) {
  const announced = /^(resign|SIGTERM)/.test(kind);
  const wait = takeover === 'strict' && !announced ? TAKEOVER : 0;
  // While the server is away nobody can lead; then everybody connects again, at the latest after the longest pause.
  const again = Math.max(0, to - from) + LONGEST_PAUSE + TAKEOVER + SLACK;
  if (/^(server|standby|PgBouncer)/.test(kind)) return again;
  if (/^(SIGSTOP|proxy silent|packets|slow|reset that only the instance)/.test(kind)) {
    return leaseDuration + 500 + wait + SLACK;
  }
  return wait + SLACK;
}

/**
 * How long nobody may lead when several faults came together: nobody can, until the last has passed; then a lease may
 * still have to run out, everybody may be in the longest pause between two attempts, and the takeover rule may ask for
 * its wait.
 *
 * @param {number} from
 * @param {readonly Struck[]} faults
 */
export function everyBound(from, faults) {
  const passed = Math.max(from, ...faults.map(({ to }) => to));
  return passed - from + leaseDuration + LONGEST_PAUSE + 2 * TAKEOVER + SLACK;
}
