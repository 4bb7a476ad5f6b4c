import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** @typedef {import('node:net').Socket} Socket */

/** Listens on loopback in a server's place. What it does with a connection, a subclass says in `join`. */
export class TcpProxy {
  #server = createServer((client) => this.join(client, connect(this.#target(), this.#host)));
  #target;
  #host;

  /**
   * @param {() => number} target the port of the server at this moment
   * @param {string} [host] where that listens
   */
  constructor(target, host = '127.0.0.1') {
    this.#target = target;
    this.#host = host;
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

  /** Takes no more connections. */
  close() {
    this.#server.close();
  }

  /**
   * @protected
   * @param {Socket} _client @param {Socket} _server which is still connecting
   * @returns {void}
   */
  join(_client, _server) {
    throw new Error(`${this.constructor.name} does not say what it does with a connection`);
  }
}
