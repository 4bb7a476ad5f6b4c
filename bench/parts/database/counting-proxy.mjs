// A transparent proxy in front of the server that counts connections, statements and bytes.
import { TcpProxy } from '../../../tooling/proxies/tcp-proxy.mjs';
import { StatementCounter } from './statement-counter.mjs';

/** @typedef {{ connections: number, statements: number, bytes: number, at: number }} Counts */

export class CountingProxy extends TcpProxy {
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();
  #open = 0;
  #bytes = 0;
  #counter = { statements: 0 };

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
    this.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * @protected
   * @override
   * @param {import('node:net').Socket} client @param {import('node:net').Socket} server
   */
  join(client, server) {
    const statements = new StatementCounter(() => (this.#counter.statements += 1));
    server.once('connect', () => {
      this.#open += 1;
      server.once('close', () => (this.#open -= 1));
    });
    client.on('data', (chunk) => statements.take(chunk));
    this.#carry(client, server);
    this.#carry(server, client);
  }

  /** @param {import('node:net').Socket} from @param {import('node:net').Socket} to */
  #carry(from, to) {
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
 * The traffic per second between two counts.
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
