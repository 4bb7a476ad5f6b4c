import { Inject } from '@nestjs/common';

const injected = new Set<string>();

/** The injection token of an election's service. */
export function getLeaderElectionToken(election: string): string {
  return `LeaderElectionService(${election})`;
}

/**
 * Injects the `LeaderElectionService` of the election of that name.
 *
 * @param election a name that the module's option `elections` declares; anything else fails at start
 */
export function InjectLeaderElection(election: string): PropertyDecorator & ParameterDecorator {
  injected.add(election);
  return Inject(getLeaderElectionToken(election));
}

/**
 * The names that were injected anywhere. The module needs them before its options are known, which may come from a
 * factory.
 *
 * @internal
 */
export function injectedElections(): readonly string[] {
  return [...injected];
}
