import { createServer, Socket, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeEach, expect, it } from '@jest/globals';
import type { ConnectionConfig } from '../../../lib/postgres/connection-options.js';
import { PostgresConnector } from '../../../lib/postgres/postgres-connector.js';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { ManualClock, settle } from '../../support/manual-clock.js';

const database = await testDatabase();
const { renewDeadline } = fastTimings;

/** Accepts connections and never says a word, like a server that has more to let in than it can. */
const busy = createServer().listen(0, '127.0.0.1');
const accepted: Socket[] = [];
busy.on('connection', (socket) => accepted.push(socket.on('error', () => undefined)));
await once(busy, 'listening');
afterAll(() => {
  for (const socket of accepted) socket.destroy();
  busy.close();
});
const port = (busy.address() as AddressInfo).port;
const busyServer = { connectionString: `postgresql://someone:secret@127.0.0.1:${port}/app` };
/** Where packets are lost on the way. */
const unreachable = { ...busyServer, stream: () => new UnconnectedSocket() };

class UnconnectedSocket extends Socket {
  override connect(): this {
    return this;
  }
}

let clock = new ManualClock();
let config: ConnectionConfig;
let connector: PostgresConnector;

beforeEach(() => {
  clock = new ManualClock();
  connector = new PostgresConnector({
    connection: () => config,
    instanceId: 'one',
    pooler: undefined,
    timings: fastTimings,
    clock,
  });
});

/** After how many milliseconds an attempt gives up. */
async function givesUpAfter(where: ConnectionConfig): Promise<number> {
  config = where;
  const before = clock.now().monotonic;
  const connections = accepted.length;
  let failure: unknown;
  const attempt = connector.connect(new AbortController().signal).catch((error: unknown) => {
    failure = error;
  });
  if (where === busyServer) {
    while (accepted.length === connections) await settle();
    await settle(); // The other end hears of it as well.
  }
  while (failure === undefined) await clock.run(renewDeadline / 2);
  await attempt;
  const elapsed = clock.now().monotonic - before;
  expect(failure).toMatchObject({
    code: 'ETIMEDOUT',
    message: expect.stringContaining(`No connection within ${elapsed} ms`),
  });
  return elapsed;
}

it('a server that accepts connections but can’t serve them all is given twice as long each time, to a limit', async () => {
  const times: number[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) times.push(await givesUpAfter(busyServer));
  expect(times.map((time) => time / renewDeadline)).toEqual([1, 2, 4, 5, 5]);
});

it('a server that is not reached is given no longer than before', async () => {
  await givesUpAfter(busyServer);
  await givesUpAfter(busyServer);
  expect(await givesUpAfter(unreachable)).toBe(renewDeadline);
  expect(await givesUpAfter(unreachable)).toBe(renewDeadline);
});

it('a server that answers is soon given up again', async () => {
  await givesUpAfter(busyServer);
  config = database.url;
  const connection = await connector.connect(new AbortController().signal);
  await connection.end();
  expect(await givesUpAfter(busyServer)).toBe(renewDeadline);
});
