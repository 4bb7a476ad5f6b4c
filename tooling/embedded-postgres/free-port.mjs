import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A TCP port on which nothing listens on 127.0.0.1 at the moment.
 *
 * @param {number} [preferred] it, or the next one that is free; default: any
 * @returns {Promise<number>}
 */
export async function freePort(preferred = 0) {
  const server = createServer().listen(preferred, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const isTaken = /** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE';
    if (!isTaken) throw error;
    return freePort(preferred + 1);
  }
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
