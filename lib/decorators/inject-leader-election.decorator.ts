import { Inject } from '@nestjs/common';

const named = new Set<string>();

/** The injection token of an election's service. */
export function getLeaderElectionToken(election: string): string {
  named.add(election);
  return `LeaderElectionService(${election})`;
}

/**
 * Injects the `LeaderElectionService` of an election.
 *
 * @param election a name in the module's option `elections`; any other name fails at start
 * @example
 * ```ts
 * constructor(@InjectLeaderElection('billing') private readonly billing: LeaderElectionService) {}
 * ```
 */
export function InjectLeaderElection(election: string): PropertyDecorator & ParameterDecorator {
  return Inject(getLeaderElectionToken(election));
}

/**
 * All names whose token has been requested. The module needs them before it knows its options, which may come from a
 * factory.
 *
 * @internal
 */
export function namedElections(): readonly string[] {
  return [...named];
}
