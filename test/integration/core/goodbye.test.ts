import { afterAll, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { systemClock } from '../../../lib/core/time/clock.js';
import { PostgresConnector } from '../../../lib/core/postgres/postgres-connector.js';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { within } from '../../support/timeline.js';

const database = await testDatabase();
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** The way to the server, which from a moment on takes everything, passes nothing on, and never closes. */
async function wayThatGoesDeaf() {
  const { hostname, port } = new URL(database.url);
  let deaf = false;
  const proxy = createServer({ allowHalfOpen: true }, (client: Socket) => {
    const server = connect(Number(port), hostname);
    client.on('data', (chunk) => void (deaf || server.write(chunk)));
    server.on('data', (chunk) => void (deaf || client.write(chunk)));
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      closing.push(() => socket.destroy());
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  closing.push(() => proxy.close());
  const here = proxy.address() as AddressInfo;
  return {
    url: Object.assign(new URL(database.url), { host: `${here.address}:${here.port}` }).href,
    goDeaf: () => (deaf = true),
  };
}

it('says goodbye to a server that never closes, and does not wait for it for long', async () => {
  const { url, goDeaf } = await wayThatGoesDeaf();
  const connector = new PostgresConnector({
    connection: url,
    instanceId: 'one',
    pooler: undefined,
    timings: fastTimings,
    clock: systemClock,
  });
  const connection = await connector.connect(new AbortController().signal);
  goDeaf();
  await within(connection.end(), () => 'The goodbye never ended');
  await expect(connection.heartbeat()).rejects.toThrow();
});
