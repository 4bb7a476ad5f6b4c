import { guarded, type ElectionLogger } from './common/logger.js';
import { Election } from './election/election.js';
import { createEnvironment, type Environment } from './environment.js';
import { Instance } from './fleet/instance.js';
import { InvalidOptionError } from './invalid-option.error.js';
import type { Duties } from './model/election-setup.js';
import type { LeaderInfo } from './model/instance-report.js';
import { electionKeys, placeKeys } from './postgres/lock-key.js';
import { reportMetrics } from './report-metrics.js';
import type { ResolvedOptions } from './resolve-options.js';
import { VERSION } from './version.js';

/** An instance with its elections, in the order of the options. */
export interface CreatedElections {
  readonly instance: Instance;
  readonly elections: readonly Election[];
}

/**
 * Creates the elections and their instance in an environment: PostgreSQL, unless a test passes another one.
 *
 * @throws {@link InvalidOptionError} when two elections have the same key
 * @internal
 */
export function createElections(
  options: ResolvedOptions,
  userLogger: ElectionLogger,
  dutiesOf: (election: string) => Duties,
  { connector, random, ...paces }: Environment = createEnvironment(options),
): CreatedElections {
  const { details, instanceId, takeover } = options;
  const logger = guarded(userLogger);
  const self: LeaderInfo = { instanceId, ...details };
  const elections = options.elections.map(
    ({ name, partition, lockKey, candidate }) =>
      new Election({
        ...paces.elections,
        random,
        logger,
        takeover,
        name,
        partition,
        keys: electionKeys(name, lockKey),
        candidate,
        sharesKey: lockKey !== undefined,
        self,
        duties: dutiesOf(name),
      }),
  );
  refuseSharedKeys(elections);
  const instance = new Instance({
    ...paces.sessions,
    random,
    logger,
    connector,
    elections,
    self: { ...self, version: VERSION },
    spread: options.spread,
    places: placesOf(elections, options),
  });
  const candidates = options.elections.flatMap(({ name, candidate }) => (candidate ? name : []));
  reportMetrics(options.metrics, { instance, elections, candidates, instanceId, logger });
  return { instance, elections };
}

/** The keys of the places for which this instance competes with other candidates of the same elections. */
function placesOf(
  elections: readonly Election[],
  options: ResolvedOptions,
): readonly bigint[] | undefined {
  if (options.maxCandidates === undefined) return undefined;
  const locks = elections.flatMap(({ keys }, index) =>
    options.elections[index]?.candidate ? keys.lock : [],
  );
  return locks.length === 0 ? [] : placeKeys(locks, options.maxCandidates);
}

/** Advisory locks are re-entrant within a session: two elections with the same key would both lead in one process. */
function refuseSharedKeys(elections: readonly Election[]): void {
  const byKey = new Map<bigint, string>();
  for (const { keys, name } of elections) {
    const other = byKey.get(keys.lock);
    if (other !== undefined) {
      throw new InvalidOptionError(
        'elections',
        [other, name],
        `elections with different lock keys; these share ${keys.lock}`,
      );
    }
    byKey.set(keys.lock, name);
  }
}
