// A transparent way to the server that counts what goes through it.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { monotonicNow } from '../processes/clock.mjs';
import { StatementCounter } from './statement-counter.mjs';

/** @typedef {{ connections: number, statements: number, bytes: number, at: number }} Counts */

export class CountingProxy {
  #server = createServer((socket) => this.#accept(socket));
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();
  #target;
  #open = 0;
  #bytes = 0;
  #counter = { statements: 0 };
  /** The moments in which connections to the server were made, on the machine's monotonic clock. @type {number[]} */
  connectedAt = [];

  /** @param {() => number} target the port of the server at this moment */
  constructor(target) {
    this.#target = target;
  }

  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** @param {string} url the server's; returns that of the way through this proxy */
  through(url) {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href;
  }

  /** Until now. @returns {Counts} */
  get counts() {
    return {
      connections: this.#open,
      statements: this.#counter.statements,
      bytes: this.#bytes,
      at: performance.now(),
    };
  }

  stop() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** @param {import('node:net').Socket} client */
  #accept(client) {
    const server = connect(this.#target(), '127.0.0.1');
    const statements = new StatementCounter(() => (this.#counter.statements += 1));
    server.once('connect', () => {
      this.#open += 1;
      this.connectedAt.push(monotonicNow());
      server.once('close', () => (this.#open -= 1));
    });
    client.on('data', (chunk) => statements.take(chunk));
    this.#join(client, server);
    this.#join(server, client);
  }

  /** @param {import('node:net').Socket} from @param {import('node:net').Socket} to */
  #join(from, to) {
    this.#sockets.add(from);
    from.setNoDelay();
    from.on('data', (chunk) => {
      this.#bytes += chunk.length;
      if (to.writable) to.write(chunk);
    });
    from.on('error', () => {});
    from.once('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}

/**
 * What went through per second between two counts.
 *
 * @param {Counts} before @param {Counts} after
 */
export function perSecond(before, after) {
  const seconds = (after.at - before.at) / 1_000;
  return {
    statements: (after.statements - before.statements) / seconds,
    bytes: (after.bytes - before.bytes) / seconds,
  };
}
