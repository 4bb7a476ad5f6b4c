import type { LeaderElectionService } from '../leader-election.service.js';
import type { LeaderInfo } from '../core/model/instance-report.js';

/**
 * Whom a caller can turn to that this instance refuses. Not itself: while it stops its duties it is still the last leader
 * that it knows.
 *
 * @internal
 */
export function otherLeader(service: LeaderElectionService): LeaderInfo | undefined {
  const { leader, instanceId } = service.status();
  return leader?.instanceId === instanceId ? undefined : leader;
}
