import type { LeaderInfo } from '../core/model/instance-report.js';
import type { LeaderElectionService } from '../leader-election.service.js';

/** A method that only the leader may run was called on an instance that does not lead. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';

  constructor(
    /** The election's name. */
    readonly election: string,
    /** What was called, as `Class.method`. */
    readonly called: string,
    /** The `instanceId` of the leader, where it is known. */
    readonly leader: string | undefined,
  ) {
    super(
      `${called}() runs only on the leader of "${election}", which this instance is not; ` +
        (leader === undefined ? 'who leads is not known here' : `${leader} leads`),
    );
  }
}

/**
 * The leader that a refused caller can turn to. Not this instance: while it stops its duties it is still the last leader that
 * it knows.
 *
 * @internal
 */
export function otherLeader(service: LeaderElectionService): LeaderInfo | undefined {
  const { leader, instanceId } = service.status();
  return leader?.instanceId === instanceId ? undefined : leader;
}
