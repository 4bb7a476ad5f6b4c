import type { Backend, Client, Notification, Packet, Statement } from '../server/backend.js';
import type { SimulatedServer } from '../server/simulated-server.js';
import type { SimulatedProcess } from '../time/simulated-process.js';
import type { Mail } from './mail.js';
import { Stream, type Path } from './path.js';

/** Both directions between an instance's host and the server. */
export interface Link {
  readonly toServer: Path;
  readonly toClient: Path;
}

interface Pending {
  resolve(this: void, value: unknown): void;
  reject(this: void, error: Error): void;
}

export interface SocketSetup {
  /** The instance's name. */
  readonly owner: string;
  readonly link: Link;
  readonly mail: Mail;
  readonly onStatement: (statement: Statement<unknown>) => void;
}

/** The client's end of a TCP connection to the server. */
export class Socket implements Client {
  /** Of the instance. */
  readonly owner: string;
  readonly #server: SimulatedServer;
  readonly #setup: SocketSetup;
  readonly #toServer = new Stream();
  readonly #toClient = new Stream();
  readonly #pending: Pending[] = [];
  #backend: Backend | undefined;
  #closed: Error | undefined;
  onNotification: (notification: Notification) => void = () => undefined;
  onClose: ((this: void, cause: Error) => void) | undefined;

  constructor(
    readonly process: SimulatedProcess,
    server: SimulatedServer,
    setup: SocketSetup,
  ) {
    this.owner = setup.owner;
    this.#server = server;
    this.#setup = setup;
  }

  get isOpen(): boolean {
    return this.#closed === undefined && this.process.alive;
  }

  get pooler(): 'declared' | 'hidden' | undefined {
    return this.#server.surroundings.pooler;
  }

  get closed(): Error | undefined {
    return this.#closed;
  }

  /** The server's end, once there is one. */
  get backend(): Backend | undefined {
    return this.#backend;
  }

  /** Resolves when the server has accepted. */
  open(): Promise<void> {
    return this.#expect<void>(() => {
      if (this.#server.down) {
        this.receive({ notifications: [], end: 'connection refused' });
      } else {
        this.#backend = this.#server.open(this);
        this.receive({ notifications: [], answer: { value: undefined } });
      }
    });
  }

  request<T>(statement: Statement<T>): Promise<T> {
    if (!this.#closed) this.#setup.onStatement(statement);
    return this.#expect<T>(() => {
      const backend = this.#backend;
      // A host that knows nothing of a connection says so.
      if (backend?.alive) backend.receive(statement);
      else this.receive({ notifications: [], end: 'connection reset' });
    });
  }

  goodbye(): void {
    this.#send(() => {
      if (this.#backend?.alive) this.#backend.receive('goodbye');
      else this.receive({ notifications: [], end: 'closed' });
    });
  }

  /** Closes this end; the kernel tells the other, as soon as it can. */
  destroy(): void {
    this.#send(() => this.#backend?.receive('goodbye'));
    this.onClose = undefined;
    this.#close(new Error('The socket was destroyed'));
  }

  /** The process is gone. Its kernel tells the server, unless the whole host is gone. */
  vanish(gone: 'process' | 'host'): void {
    if (gone === 'process') this.#send(() => this.#backend?.receive('goodbye'));
    this.onClose = undefined;
    this.#closed ??= new Error('The host is gone');
  }

  /** Something on the way resets this end only. */
  reset(): void {
    this.process.deliver(() => {
      this.#close(new Error('ECONNRESET'));
    });
  }

  #expect<T>(arrive: () => void): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ resolve: resolve, reject });
      this.#send(arrive);
    });
  }

  #send(arrive: () => void): void {
    if (this.#closed) return;
    this.#setup.link.toServer.send(this.#toServer, () => {
      if (!this.#server.silent) arrive();
    });
  }

  /** The server's end sends something. */
  receive(packet: Packet): void {
    this.#setup.link.toClient.send(this.#toClient, () => {
      this.process.deliver(() => {
        this.#take(packet);
      });
    });
  }

  #take({ notifications, answer, end }: Packet): void {
    if (this.#closed) return;
    for (const notification of notifications)
      this.#setup.mail.deliver(notification, (delivered) => {
        if (!this.#closed) this.onNotification(delivered);
      });
    if (answer) {
      const pending = this.#pending.shift();
      if ('error' in answer) pending?.reject(answer.error);
      else pending?.resolve(answer.value);
    }
    if (end !== undefined) this.#close(new Error(end));
  }

  #close(cause: Error): void {
    if (this.#closed) return;
    this.#closed = cause;
    for (const { reject } of this.#pending.splice(0)) reject(cause);
    const listener = this.onClose;
    this.onClose = undefined;
    listener?.(cause);
  }
}
