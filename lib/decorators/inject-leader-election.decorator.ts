import { Inject } from '@nestjs/common';

const named = new Set<string>();

/** The injection token of an election's service. */
export function getLeaderElectionToken(election: string): string {
  named.add(election);
  return `LeaderElectionService(${election})`;
}

/**
 * Injects the `LeaderElectionService` of the election of that name.
 *
 * @param election a name that the module's option `elections` declares; anything else fails at start
 */
export function InjectLeaderElection(election: string): PropertyDecorator & ParameterDecorator {
  return Inject(getLeaderElectionToken(election));
}

/**
 * The names of which anybody has asked for the token. The module needs them before its options are known, which may come
 * from a factory.
 *
 * @internal
 */
export function namedElections(): readonly string[] {
  return [...named];
}
