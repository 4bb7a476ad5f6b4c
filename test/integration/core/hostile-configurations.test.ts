import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemClock } from '../../../lib/core/time/clock.js';
import type { ConnectionOption } from '../../../lib/core/postgres/connection-options.js';
import { PostgresConnector } from '../../../lib/core/postgres/postgres-connector.js';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { hostileValues } from '../../support/hostile-values.js';

const database = await testDatabase();
const { hostname, port, username, password, pathname } = new URL(database.url);
const real = {
  host: hostname,
  port: Number(port),
  user: username,
  password,
  database: pathname.slice(1),
};

/** A server that answers the first message with this, and hangs up. */
const servers: Server[] = [];
async function serverThatAnswers(answer: Buffer): Promise<typeof real> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { ...real, host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}
afterAll(() => {
  for (const server of servers) server.close();
});

const authentication = (kind: number, ...more: number[]) =>
  Buffer.from(['R'.charCodeAt(0), 0, 0, 0, 8 + more.length, 0, 0, 0, kind, ...more]);

/** What asks for things in different ways. */
const where = {
  'a server': real,
  'one that asks for a cleartext password': await serverThatAnswers(authentication(3)),
  'one that asks for an MD5 password': await serverThatAnswers(authentication(5, 1, 2, 3, 4)),
  'one that agrees to SSL': { ...(await serverThatAnswers(Buffer.from('S'))), ssl: true },
};

/** A configuration of `pg` has these, and what stands in them is anything. */
const FIELDS = [
  ...['user', 'database', 'password', 'port', 'connectionString', 'keepAlive', 'ssl', 'options'],
  ...['sslnegotiation', 'statement_timeout', 'query_timeout', 'lock_timeout', 'application_name'],
  ...['keepAliveInitialDelayMillis', 'idle_in_transaction_session_timeout', 'types', 'stream'],
  ...['fallback_application_name', 'connectionTimeoutMillis', 'client_encoding', 'pipeline'],
  ...[
    'binary',
    'replication',
    'enableChannelBinding',
    'scramMaxIterations',
    'Promise',
    'connection',
  ],
] as const;

/** What makes a value: fast-check looks at values, which some of these do not survive. */
type Make = () => unknown;

const anyValue: fc.Arbitrary<Make> = fc.oneof(
  fc.constantFrom(...hostileValues).map(({ make }) => make),
  fc
    .anything({ withBigInt: true, withNullPrototype: true, withDate: true, withBoxedValues: true })
    .map((value) => () => value),
  fc
    .constantFrom(NaN, -1, 70_000, 12_345, 'true', 'require', Symbol('x'), [], {}, '')
    .map((value) => () => value),
);
const anyFunction: fc.Arbitrary<Make> = fc.oneof(
  anyValue.map((make) => () => make),
  anyValue.map((make) => () => () => {
    throw make();
  }),
);
const anyRejection: fc.Arbitrary<Make> = anyValue.map((make) => () => async () => {
  throw make();
});
const anyObject: fc.Arbitrary<Make> = fc
  .dictionary(
    fc.constantFrom('key', 'ca', 'getTypeParser', 'on', 'connect'),
    fc.oneof(anyValue, anyFunction),
  )
  .map(
    (fields) => () =>
      Object.fromEntries(Object.entries(fields).map(([name, make]) => [name, make()])),
  );

/** Some fields are anything, or throw it when they are read. */
const changes = fc.array(
  fc.oneof(
    fc.record({
      name: fc.constantFrom(...FIELDS),
      make: fc.oneof(anyValue, anyFunction, anyObject),
      throws: fc.boolean(),
    }),
    fc.record({
      name: fc.constant('password' as const),
      make: fc.oneof(anyFunction, anyRejection),
      throws: fc.constant(false),
    }),
  ),
  { minLength: 1, maxLength: 3 },
);

async function outcomeOf(connection: ConnectionOption): Promise<unknown> {
  const connector = new PostgresConnector({
    connection,
    instanceId: 'one',
    pooler: undefined,
    timings: { ...fastTimings, renewDeadline: 400 },
    clock: systemClock,
  });
  try {
    const found = await connector.connect(new AbortController().signal);
    await found.end();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(Object.entries(where))('a configuration that is anything, for %s', (_what, base) => {
  it('is reported, and nothing of it ends the process', async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (changed) => {
        const config = { ...base };
        for (const { name, make, throws } of changed) {
          const get = () => {
            if (throws) throw make();
            return make();
          };
          Object.defineProperty(config, name, { get, enumerable: true, configurable: true });
        }
        const outcome = await outcomeOf(() => config);
        if (outcome === undefined) return;
        expect(outcome).toBeInstanceOf(Error);
        expect((outcome as Error).message).not.toContain(password);
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});
