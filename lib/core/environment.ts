import type { Timings } from './model/timings.js';
import type { Connector } from './port/connection.js';
import { PostgresConnector } from './postgres/postgres-connector.js';
import type { ResolvedOptions } from './resolve-options.js';
import { StandaloneConnector } from './standalone/standalone-connector.js';
import { systemClock, type Clock } from './time/clock.js';
import type { Random } from './time/jitter.js';

/** What somebody takes for time. */
interface Pace {
  readonly clock: Clock;
  readonly timings: Timings;
}

/**
 * What an instance lives in: how it connects, chance, and what its elections and its sessions take for time. A test may
 * replace it; then the two of them need not have the same pace.
 *
 * @internal
 */
export interface Environment {
  readonly connector: Connector;
  readonly random: Random;
  readonly elections: Pace;
  readonly sessions: Pace;
}

/** PostgreSQL, or nothing where this instance stands alone; and time as it is. */
export function createEnvironment(options: ResolvedOptions): Environment {
  const { connection, instanceId, pooler, timings } = options;
  const pace: Pace = { clock: systemClock, timings };
  return {
    connector: connection
      ? new PostgresConnector({ ...pace, connection, instanceId, pooler })
      : new StandaloneConnector(systemClock),
    random: Math.random,
    elections: pace,
    sessions: pace,
  };
}
