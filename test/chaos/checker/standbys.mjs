import { Calm } from './catching-up/calm.mjs';
import { instanceOf } from './records.mjs';

/** @typedef {import('./records.mjs').Records} Records */
/** @typedef {import('../faults/fault.mjs').Struck} Struck */
/** @typedef {import('../faults/fault.mjs').Astray} Astray */

/**
 * Instances that could reach only a standby, and took part in elections there: it grants locks that have no effect on the primary.
 *
 * @param {Records} records
 * @param {readonly Struck[]} faults
 */
export function joinedStandby({ intervals, happenings }, faults) {
  const calm = new Calm(faults);
  return faults.flatMap(({ astray }) => {
    if (!astray) return [];
    // Another fault may keep an instance from seeing for a while that the old primary has ended.
    const isJudged = (/** @type {string} */ process, /** @type {number} */ at) =>
      at > astray.from &&
      at <= astray.to &&
      astray.instances.includes(instanceOf(process)) &&
      calm.ofInstance(process, astray.from, at);
    return [
      ...intervals
        .filter(({ process, from }) => isJudged(process, from))
        .map(({ process, from: at }) => ({ process, at, what: 'leads' })),
      ...[...happenings].flatMap(([process, all]) =>
        all
          .filter(({ what, at }) => what === 'connection-restored' && isJudged(process, at))
          .map(({ what, at }) => ({ process, at, what })),
      ),
    ];
  });
}

/** Locks that instances tried to get at a standby. @param {readonly Struck[]} faults */
export function triesAtStandby(faults) {
  return faults.flatMap(({ astray }) => (astray && astray.tries > 0 ? [astray] : []));
}

/** How often an instance asked a standby whether it is one, and refused it. @param {Records} records */
export function refusals({ happenings }) {
  return [...happenings.values()]
    .flat()
    .filter(({ what, reason }) => what === 'no connection' && reason === 'NotPrimaryError').length;
}
