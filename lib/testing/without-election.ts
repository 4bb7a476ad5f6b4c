import { inspect } from 'node:util';
import { exemptFromElections } from '../binding/bound-instances.js';
import { LeaderElectionTestingError } from './testing.error.js';

/**
 * For unit tests without Nest: the leader-only methods of this one object can be called as if `@LeaderOnly()` were not
 * there. `currentLeadership()` is undefined in them. If a Nest application uses the object as a provider, its election
 * decides again.
 *
 * @returns the object itself
 * @throws {@link LeaderElectionTestingError} if Nest created the object, or it is not an object
 * @example
 * ```ts
 * const reports = withoutElection(new ReportsService(mailer));
 * ```
 */
export function withoutElection<T extends object>(instance: T): T {
  const given: unknown = instance;
  if (typeof given !== 'object' || given === null) {
    throw new LeaderElectionTestingError(
      `withoutElection() takes an object, such as new ReportsService(mailer); given: ${inspect(given, { depth: 0 })}`,
    );
  }
  if (exemptFromElections(given)) return instance;
  throw new LeaderElectionTestingError(
    'withoutElection() does not accept an object created by Nest, whose application has an election; elect this ' +
      'instance with LeaderElectionTesting.elect(), or create another object with new',
  );
}
