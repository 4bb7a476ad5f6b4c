import type { Announcement } from '../../../lib/election/announcement.js';
import type { SessionIdentity } from '../../../lib/election/connection.js';
import type { Write } from './ledger.js';
import type { SimulatedServer } from './simulated-server.js';

/** What a statement does at the server. */
export interface Statement<T> {
  readonly name: string;
  effect(backend: Backend): T;
  /** Made when the statement commits. */
  readonly announcements?: readonly Announcement[];
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
  readonly announcement: Announcement;
  readonly sender: number;
}

/** What a backend sends its client in one packet. */
export interface Packet {
  readonly notifications: readonly Notification[];
  readonly answer?: { readonly value: unknown } | { readonly error: Error };
  /** The connection is over. */
  readonly end?: string;
}

/** The process of the server behind one connection: runs its statements one after another. */
export class Backend implements SessionIdentity {
  readonly pid: number;
  /** Of the session that this process serves. */
  token = 0n;
  readonly #server: SimulatedServer;
  readonly #reply: (packet: Packet) => void;
  readonly #queue: (Statement<unknown> | 'goodbye')[] = [];
  /** Notifications that it has not noticed yet, and those that it has. */
  readonly #committed: Notification[] = [];
  readonly #notifications: Notification[] = [];
  #busy = false;
  #idleSince: number;
  #leaseDuration = Infinity;
  #alive = true;
  listening = false;
  transaction: OpenTransaction | undefined;

  constructor(server: SimulatedServer, pid: number, reply: (packet: Packet) => void) {
    this.pid = pid;
    this.#server = server;
    this.#reply = reply;
    this.#idleSince = server.agenda.now;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get server(): SimulatedServer {
    return this.#server;
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
      const signalled = this.#committed.splice(0, this.#committed.indexOf(notification) + 1);
      this.#notifications.push(...signalled);
      if (!this.#busy) this.#tell();
    });
  }

  /** Ends the session and frees its locks; `tell` is what the client hears, unless nobody tells it. */
  close(tell?: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#server.forget(this);
    if (tell !== undefined) this.#reply({ notifications: [], end: tell });
  }

  #next(): void {
    const message = this.#queue.shift();
    if (message === undefined) return;
    if (message === 'goodbye') {
      this.close('closed');
      return;
    }
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
    this.#later(before, () => {
      const value = message.effect(this);
      if (before + after > statementTimeout && !message.commits) {
        // What it took stays taken: session locks outlive the transaction that took them.
        this.#later(statementTimeout - before, () => {
          this.#cancel();
        });
        return;
      }
      this.#later(after, () => {
        for (const announcement of message.announcements ?? []) {
          this.#server.publish({ announcement, sender: this.pid });
        }
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
    this.#idleSince = this.#server.agenda.now;
    this.#reply({ notifications: this.#notifications.splice(0), answer });
    this.#next();
  }

  #tell(): void {
    if (!this.#alive || this.#server.silent || this.#notifications.length === 0) return;
    this.#reply({ notifications: this.#notifications.splice(0) });
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
        : (this.#server.agenda.now - this.#idleSince) * this.#server.clockRate;
      if (idle >= this.#leaseDuration - 0.001) this.close('idle-session timeout');
      else this.#watchIdle(this.#leaseDuration - idle);
    });
  }
}
