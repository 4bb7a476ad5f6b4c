import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionConfig } from '../../../lib/core/postgres/connection-options.js';
import { PostgresConnector } from '../../../lib/core/postgres/postgres-connector.js';
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
const busyServer = {
  connectionString: Object.assign(new URL(database.url), { host: `127.0.0.1:${port}` }).href,
};
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

/** Resolves when the server has accepted another connection, and the client knows. */
async function accepts(connections: number): Promise<void> {
  while (accepted.length <= connections) await settle();
  await settle();
}

/** After how many milliseconds an attempt gives up. */
async function givesUpAfter(where: ConnectionConfig): Promise<number> {
  config = where;
  const before = clock.now().monotonic;
  const connections = accepted.length;
  let failure: unknown;
  const attempt = connector.connect(new AbortController().signal).catch((error: unknown) => {
    failure = error;
  });
  if (where === busyServer) await accepts(connections);
  while (failure === undefined) await clock.run(renewDeadline / 2);
  await attempt;
  const elapsed = clock.now().monotonic - before;
  expect(failure).toMatchObject({
    code: 'ETIMEDOUT',
    message: expect.stringContaining(`The connection attempt timed out after ${elapsed} ms`),
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

describe('in the time that an attempt is given more', () => {
  let stop: AbortController;
  let outcome: unknown;
  let attempt: Promise<void>;

  beforeEach(async () => {
    await givesUpAfter(busyServer);
    const connections = accepted.length;
    outcome = undefined;
    stop = new AbortController();
    attempt = connector.connect(stop.signal).then(
      async (connection) => {
        outcome = connection;
        await connection.end();
      },
      (error: unknown) => {
        outcome = error;
      },
    );
    await accepts(connections);
    await clock.run(1.5 * renewDeadline);
    expect(outcome).toBeUndefined();
  });

  afterEach(() => {
    expect(clock.pending).toBe(0);
  });

  it('an answer counts', async () => {
    const upstream = connect(Number(new URL(database.url).port), '127.0.0.1');
    const waiting = accepted.at(-1);
    waiting?.pipe(upstream).pipe(waiting);
    await attempt;
    expect(outcome).toHaveProperty('identity.pid', expect.any(Number));
    expect(await givesUpAfter(busyServer)).toBe(renewDeadline);
  });

  it('the end of the connection ends the attempt', async () => {
    accepted.at(-1)?.resetAndDestroy();
    await attempt;
    expect(outcome).toMatchObject({ code: 'ECONNRESET' });
    expect(await givesUpAfter(busyServer)).toBe(2 * renewDeadline);
  });

  it('a freeze does not prolong it', async () => {
    clock.freeze(60_000);
    await clock.thaw();
    await attempt;
    expect(outcome).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('being told to stop ends the attempt', async () => {
    stop.abort();
    await attempt;
    expect(outcome).toMatchObject({ message: 'Stopped while connecting' });
  });
});
