import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * Serves what a registry of prom-client says, on loopback.
 *
 * @param {import('prom-client').Registry} registry
 * @param {number} [port] default: any that is free
 */
export async function scrapeEndpoint(registry, port = 0) {
  const server = createServer((_request, response) => {
    registry.metrics().then(
      (text) => response.setHeader('Content-Type', registry.contentType).end(text),
      (error) => response.destroy(error),
    );
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
