import { inspect } from 'node:util';
import { exemptFromElections } from '../binding/bound-instances.js';
import { LeaderElectionTestingError } from './testing.error.js';

/**
 * For a unit test without Nest: `withoutElection(new ReportsService(mailer))`. The leader-only methods of this one object can
 * be called as if `@LeaderOnly()` were not there; `currentLeadership()` is undefined in them. When a Nest application
 * takes the object as a provider, that application decides again.
 *
 * @returns the object itself
 * @throws {@link LeaderElectionTestingError} when Nest has made the object, or when it is none
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
    'withoutElection() takes no object that Nest has made, whose application elects its leader: make this instance the ' +
      'leader with LeaderElectionTesting.elect(), or make another object with new',
  );
}
