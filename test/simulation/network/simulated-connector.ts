import type { Connection, Connector } from '../../../lib/core/port/connection.js';
import type { Timings } from '../../../lib/core/model/timings.js';
import { ConnectTimeout } from '../../../lib/core/postgres/connect-timeout.js';
import type { SimulatedServer } from '../server/simulated-server.js';
import type { SimulatedProcess } from '../time/simulated-process.js';
import type { Statement } from '../server/backend.js';
import type { Mail } from './mail.js';
import { SimulatedConnection } from './simulated-connection.js';
import { Socket, type Link } from './socket.js';
import type { Version } from './wire.js';

export interface SimulatedConnectorSetup {
  /** The instance's name. */
  readonly owner: string;
  readonly process: SimulatedProcess;
  readonly link: Link;
  readonly mail: Mail;
  readonly timings: Timings;
  readonly version: Version;
  /** The server that clients are sent to at this moment. */
  readonly server: () => SimulatedServer;
  /** Is told of every statement that is sent. */
  readonly onStatement: (statement: Statement<unknown>) => void;
}

/** Connects to the simulated server, in the round trips that the real adapter takes. */
export class SimulatedConnector implements Connector {
  readonly #setup: SimulatedConnectorSetup;
  readonly #patience: ConnectTimeout;
  /** The sockets of this instance that are not closed. */
  readonly sockets = new Set<Socket>();
  #current: { readonly socket: Socket; readonly since: number } | undefined;

  constructor(setup: SimulatedConnectorSetup) {
    this.#setup = setup;
    this.#patience = new ConnectTimeout(setup.process, setup.timings.renewDeadline);
  }

  /** Since when there has been a session that lives at both ends, in virtual time; undefined when there is none. */
  get connectedSince(): number | undefined {
    const { socket, since } = this.#current ?? {};
    return socket?.isOpen && socket.backend?.alive ? since : undefined;
  }

  async connect(signal: AbortSignal): Promise<Connection> {
    const { process, timings, server, version } = this.#setup;
    const socket = new Socket(process, server(), this.#setup);
    for (const old of this.sockets) if (old.closed) this.sockets.delete(old);
    this.sockets.add(socket);
    const give = () => {
      socket.destroy();
    };
    const time = this.#patience.start(give);
    signal.addEventListener('abort', give);
    if (signal.aborted) give();
    try {
      await socket.open();
      time.reached();
      const confirmedAt = process.now();
      const { identity, facts } = await socket.request({
        name: 'set up',
        effect: (backend) => {
          backend.setLease(timings.leaseDuration);
          backend.listening = true;
          backend.token = backend.server.drawToken();
          const { pid, token } = backend;
          return { identity: { pid, token }, facts: backend.server.facts };
        },
      });
      time.succeeded();
      this.#current = { socket, since: server().agenda.now };
      return new SimulatedConnection(socket, { identity, server: facts, confirmedAt }, version);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      time.end();
      signal.removeEventListener('abort', give);
    }
  }
}
