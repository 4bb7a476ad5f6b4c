import { afterEach } from '@jest/globals';
import type { Timings } from '../../../lib/core/model/timings.js';
import { PostgresConnector } from '../../../lib/core/postgres/postgres-connector.js';
import type { Pooler } from '../../../lib/core/postgres/preflight.js';
import type { Connection } from '../../../lib/core/port/connection.js';
import { systemClock } from '../../../lib/core/time/clock.js';
import { fastTimings } from '../fast-timings.js';

interface How {
  readonly instanceId?: string;
  readonly pooler?: Pooler;
  readonly timings?: Timings;
}

const open: Connection[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.end()));
});

/** Connects as an instance does, until the end of the test. */
export async function openConnection(url: string, how: How = {}): Promise<Connection> {
  const { instanceId = 'one', pooler, timings = fastTimings } = how;
  const setup = { connection: url, instanceId, pooler, timings, clock: systemClock };
  const connection = await new PostgresConnector(setup).connect(new AbortController().signal);
  open.push(connection);
  return connection;
}
