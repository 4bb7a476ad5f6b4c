// What an instance reports to its starter, as it happens.
import { monotonicNow } from '../clock.mjs';

/** @typedef {import('./report.mjs').Report} Report */
/** @typedef {Report extends infer R ? R extends Report ? Omit<R, 'at'> : never : never} Details */
/** @typedef {import('nestjs-leader-election').LeaderElectionService} LeaderElectionService */

const STATUS_INTERVAL = 100;

/** @param {LeaderElectionService} election */
export function reportElection(election) {
  election.events$.subscribe((event) => {
    switch (event.type) {
      case 'leader-changed':
      case 'reserve-entered': // As roles.
      case 'reserve-left':
        return;
      case 'connection-lost':
      case 'connection-restored':
        report({ type: event.type });
        return;
      case 'elected':
        // What matters is what the application reads.
        if (election.isLeader) report({ type: 'elected', term: event.leadership.term.toString() });
        return;
      case 'demoted':
        report({
          type: 'demoted',
          term: event.leadership.term.toString(),
          reason: event.reason,
        });
        return;
      default:
        report({ type: event.type, term: event.leadership.term.toString() });
    }
  });
  reportRole(election);
}

/** There is no event for becoming the heir. @param {LeaderElectionService} election */
function reportRole(election) {
  let last = '';
  setInterval(() => {
    const { role, leader } = election.status();
    const current = `${role} ${leader?.instanceId}`;
    if (current === last) return;
    last = current;
    report({ type: 'role', role, leader: leader?.instanceId });
  }, STATUS_INTERVAL).unref();
}

/** @param {Details} details */
export function report(details) {
  // When the channel is closed, the starter has ended, and end-with-parent.mjs ends this process.
  if (process.connected)
    process.send?.({ ...details, at: monotonicNow() }, undefined, undefined, () => {});
}
