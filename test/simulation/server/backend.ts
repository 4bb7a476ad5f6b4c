import type { Write } from './ledger.js';
import type { SimulatedServer } from './simulated-server.js';
import type { SessionIdentity } from '../../../lib/core/port/session-control.js';

/** What a statement does at the server. */
export interface Statement<T> {
  readonly name: string;
  effect(backend: Backend): T;
  /** Sent when the statement commits. */
  readonly payloads?: readonly string[];
  /** The answer where they can't be sent. */
  readonly refused?: T;
  /** It can't be cancelled once it has had its effect. */
  readonly commits?: true;
  /** It is also taken in a transaction in which a statement has failed. */
  readonly afterFailure?: true;
}

/** What the server says of a statement; the session goes on. */
export class StatementError extends Error {}

/** What a session has begun, and not ended. */
interface OpenTransaction {
  readonly writes: Write[];
  failed: boolean;
}

export interface Notification {
  readonly payload: string;
  readonly sender: number;
}

/** Whom a backend serves. */
export interface Client {
  /** The instance's name. */
  readonly owner: string;
  /** Whether its own end of the connection is open. */
  readonly isOpen: boolean;
  receive(packet: Packet): void;
}

/** What a backend sends its client in one packet. */
export interface Packet {
  readonly notifications: readonly Notification[];
  readonly answer?: { readonly value: unknown } | { readonly error: Error };
  /** The connection is over. */
  readonly end?: string;
}

/**
 * One session, in a process of the server: runs its statements one after another. Behind a pooler, the process serves
 * another session afterwards.
 */
export class Backend implements SessionIdentity {
  readonly pid: number;
  readonly client: Client;
  /** Of the session that this process serves. */
  token = 0n;
  readonly #server: SimulatedServer;
  readonly #queue: (Statement<unknown> | 'goodbye')[] = [];
  /** Notifications that it has not noticed yet, and those that it has. */
  readonly #committed: Notification[] = [];
  readonly #notifications: Notification[] = [];
  #busy = false;
  /** Wait for the next sign of life. */
  readonly #watchers: (() => void)[] = [];
  /** When a statement last began or ended. */
  #stateChangedAt: number;
  #leaseDuration = Infinity;
  #alive = true;
  #endedAt: number | undefined;
  #endedInStatement = false;
  listening = false;
  transaction: OpenTransaction | undefined;

  constructor(server: SimulatedServer, pid: number, client: Client) {
    this.pid = pid;
    this.client = client;
    this.#server = server;
    this.#stateChangedAt = server.agenda.now;
  }

  get stateChangedAt(): number {
    return this.#stateChangedAt;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Also with the server, of which nobody is told. */
  get endedAt(): number | undefined {
    return this.#endedAt ?? this.#server.silentSince;
  }

  /** Whether the statement that it ran at that moment has not ended: what it did stays done, but no client gets its answer. */
  hasEndedInStatementAt(moment: number): boolean {
    return this.#endedInStatement && this.#stateChangedAt <= moment;
  }

  get server(): SimulatedServer {
    return this.#server;
  }

  /** Tells when the client has sent a statement again. */
  onceAlive(tell: () => void): void {
    this.#watchers.push(tell);
  }

  /** A packet of the client arrives. */
  receive(message: Statement<unknown> | 'goodbye'): void {
    if (!this.#alive || this.#server.silent) return;
    this.#queue.push(message);
    if (!this.#busy) this.#next();
  }

  /** `idle_session_timeout`, as the session has set it. */
  setLease(milliseconds: number): void {
    this.#leaseDuration = milliseconds;
    this.#watchIdle(milliseconds);
  }

  notify(notification: Notification): void {
    this.#committed.push(notification);
    // Another process wakes this one, which takes a moment; one that is busy looks when it is done.
    this.#server.soon(() => {
      this.#notice(this.#committed.indexOf(notification) + 1);
      if (!this.#busy) this.#tell();
    });
  }

  #notice(count: number): void {
    if (count > 0) this.#notifications.push(...this.#committed.splice(0, count));
  }

  /** The process ends, and with it the session and its locks; the client is told. */
  end(tell: string): void {
    this.#close('ends', tell);
  }

  /**
   * The client has gone, as far as the server can see; it is told where it said goodbye itself. A pooler keeps the process
   * for its next client.
   */
  leave(tell?: string): void {
    this.#close('stays', tell);
  }

  #close(process: 'ends' | 'stays', tell: string | undefined): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#endedAt = this.#server.agenda.now;
    this.#endedInStatement = this.#busy;
    this.#server.forget(this, process);
    if (tell !== undefined) this.client.receive({ notifications: [], end: tell });
  }

  #next(): void {
    const message = this.#queue.shift();
    if (message === undefined) return;
    if (message === 'goodbye') {
      this.leave('closed');
      return;
    }
    this.#notice(this.#committed.length); // A process that goes on has got every signal by then.
    this.#stateChangedAt = this.#server.agenda.now;
    for (const tell of this.#watchers.splice(0)) tell();
    if (this.transaction?.failed && !message.afterFailure) {
      this.#fail('current transaction is aborted');
      return;
    }
    this.#busy = true;
    const { statementTimeout } = this.#server;
    const { before, after } = this.#server.pace();
    if (before > statementTimeout) {
      this.#later(statementTimeout, () => {
        this.#cancel();
      });
      return;
    }
    const { payloads = [] } = message;
    const refused = payloads.length > 0 && this.#server.refusesAnnouncements;
    this.#later(before, () => {
      // A lock that was freed stays free, also where the commit is refused.
      const value = refused && !this.#server.noticesAtCommit() ? undefined : message.effect(this);
      if (before + after > statementTimeout && !message.commits) {
        // What it took stays taken: session locks outlive the transaction that took them.
        this.#later(statementTimeout - before, () => {
          this.#cancel();
        });
        return;
      }
      const commit = payloads.length > 0 ? this.#server.commitDelay() : 0;
      this.#later(after + commit, () => {
        if (refused) {
          this.#finish({ value: message.refused });
          return;
        }
        for (const payload of payloads) this.#server.publish({ payload, sender: this.pid });
        this.#finish({ value });
      });
    });
  }

  #cancel(): void {
    this.#fail('canceling statement due to statement timeout');
  }

  #fail(message: string): void {
    if (this.transaction) this.transaction.failed = true;
    this.#finish({ error: new StatementError(message) });
  }

  #finish(answer: NonNullable<Packet['answer']>): void {
    this.#busy = false;
    this.#stateChangedAt = this.#server.agenda.now;
    this.client.receive({ notifications: this.#notifications.splice(0), answer });
    this.#next();
  }

  #tell(): void {
    if (!this.#alive || this.#server.silent || this.#notifications.length === 0) return;
    this.client.receive({ notifications: this.#notifications.splice(0) });
  }

  #later(milliseconds: number, action: () => void): void {
    if (milliseconds === 0) {
      action();
      return;
    }
    this.#server.agenda.after(milliseconds, () => {
      if (this.#alive && !this.#server.silent) action();
    });
  }

  #watchIdle(milliseconds: number): void {
    this.#server.agenda.after(milliseconds / this.#server.clockRate, () => {
      if (!this.#alive || this.#server.silent) return;
      const idle = this.#busy
        ? 0
        : (this.#server.agenda.now - this.#stateChangedAt) * this.#server.clockRate;
      if (idle >= this.#leaseDuration - 0.001) this.end('idle-session timeout');
      else this.#watchIdle(this.#leaseDuration - idle);
    });
  }
}
