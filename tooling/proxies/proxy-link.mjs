// A TCP proxy between one instance and the server, whose connections can go silent in either direction, become slow, or
// be reset. Toxiproxy would do, but Debian has no package of it and npm only its client; and its `timeout` toxic does not
// deliver afterwards what it held back, as TCP does after a partition.
import { Pipe } from './pipe.mjs';
import { TcpProxy } from './tcp-proxy.mjs';

/** @typedef {'both' | 'to the server' | 'from the server'} Direction */

export class ProxyLink extends TcpProxy {
  canBeSlow = true;
  canReset = true;
  spawnPrefix = /** @type {string[]} */ ([]);
  /** @type {Set<{ sockets: import('node:net').Socket[], pipes: Pipe[] }>} */
  #connections = new Set();
  /** Lets go of connections of which one end was reset. @type {Set<() => void>} */
  #torn = new Set();
  /** @type {Direction | undefined} */
  #silent;
  #delay = 0;

  /** @param {Direction} direction */
  async silence(direction) {
    this.#silent = direction;
  }

  /** @param {number} milliseconds on the way in each direction */
  async slow(milliseconds) {
    this.#delay = milliseconds;
  }

  async lose() {
    throw new Error('A proxy loses no packets');
  }

  async reset() {
    for (const { sockets } of this.#connections) sockets.forEach(reset);
  }

  /**
   * Resets one end of every connection. The other hears nothing, as if it talked to somebody who listens, until the
   * returned function lets go of it.
   *
   * @param {'instance' | 'server'} end
   */
  async resetOnly(end) {
    const torn = [...this.#connections];
    for (const connection of torn) {
      for (const pipe of connection.pipes) pipe.stop();
      this.#connections.delete(connection);
      reset(connection.sockets[end === 'instance' ? 0 : 1]);
    }
    const letGo = () => {
      for (const { sockets } of torn) for (const socket of sockets) socket.destroy();
    };
    this.#torn.add(letGo);
    return () => {
      this.#torn.delete(letGo);
      letGo();
    };
  }

  async heal() {
    this.#silent = undefined;
    this.#delay = 0;
    for (const { pipes } of this.#connections) for (const pipe of pipes) pipe.pump();
  }

  async stop() {
    this.close();
    for (const { sockets } of this.#connections) for (const socket of sockets) socket.destroy();
    for (const letGo of this.#torn) letGo();
  }

  /**
   * @protected
   * @override
   * @param {import('node:net').Socket} client @param {import('node:net').Socket} server
   */
  join(client, server) {
    /** @param {Direction} direction */
    const condition = (direction) => () => ({
      silent: this.#silent === 'both' || this.#silent === direction,
      delay: this.#delay,
    });
    const sockets = [client, server];
    for (const socket of sockets) socket.setNoDelay();
    const pipes = [
      new Pipe(client, server, condition('to the server')),
      new Pipe(server, client, condition('from the server')),
    ];
    const connection = { sockets, pipes };
    this.#connections.add(connection);
    const gone = () => {
      if (sockets.every(({ destroyed }) => destroyed)) this.#connections.delete(connection);
    };
    for (const socket of sockets) socket.on('close', gone);
  }
}

/**
 * Not where the end is on its way already: Node then never gets rid of the socket, and a process that has done everything
 * does not end (https://github.com/libp2p/js-libp2p/pull/3597 has met the same).
 *
 * @param {import('node:net').Socket | undefined} socket
 */
function reset(socket) {
  if (socket?.writableEnded) socket.destroy();
  else socket?.resetAndDestroy();
}
