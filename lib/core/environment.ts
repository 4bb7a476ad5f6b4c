import type { Timings } from './model/timings.js';
import type { Connector } from './port/connection.js';
import { PostgresConnector } from './postgres/postgres-connector.js';
import type { ResolvedOptions } from './resolve-options.js';
import { StandaloneConnector } from './standalone/standalone-connector.js';
import { systemClock, type Clock } from './time/clock.js';
import type { Random } from './time/jitter.js';

/** A clock and the intervals measured with it. */
interface Pace {
  readonly clock: Clock;
  readonly timings: Timings;
}

/**
 * The environment of an instance: connector, random numbers, and the clocks and timings of its elections and sessions.
 * A test may replace it, with different clocks for elections and sessions.
 *
 * @internal
 */
export interface Environment {
  readonly connector: Connector;
  readonly random: Random;
  readonly elections: Pace;
  readonly sessions: Pace;
}

/** Creates the production environment: PostgreSQL (or no database with `standalone: true`) and the system clock. */
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
