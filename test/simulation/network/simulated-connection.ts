import type { Announcement } from '../../../lib/core/model/announcement.js';
import type { Cancel, Instant } from '../../../lib/core/time/clock.js';
import type { Connection } from '../../../lib/core/port/connection.js';
import { StatementError, type Backend, type Statement } from '../server/backend.js';
import type { Write } from '../server/ledger.js';
import type { Socket } from './socket.js';
import { payloadsOf, type Version } from './wire.js';
import { parseAnnouncement } from '../../../lib/core/postgres/announcement-codec.js';
import type { Answer } from '../../../lib/core/port/transactions.js';
import type { Granted, Holder, LockTry } from '../../../lib/core/port/locks.js';
import type { Sender } from '../../../lib/core/port/messages.js';
import type { ServerFacts } from '../../../lib/core/port/server-history.js';
import type { SessionIdentity } from '../../../lib/core/port/session-control.js';

/** How long a goodbye to the server may take, in milliseconds. */
const GOODBYE = 1_000;

/** The two statements that a user of the simulated server can make: one takes a {@link Write}, the other always fails. */
export const writing = 'write';
export const failing = 'fail';

export interface SessionFacts {
  readonly identity: SessionIdentity;
  readonly server: ServerFacts;
  readonly confirmedAt: Instant;
}

/** The port's adapter to the simulated server: what the real one says in SQL, said in calls. */
export class SimulatedConnection implements Connection {
  readonly identity: SessionIdentity;
  readonly server: ServerFacts;
  /** Every instance of the simulation has a name of its own. */
  readonly hasNamesake = false;
  readonly confirmedAt: Instant;

  constructor(
    readonly socket: Socket,
    { identity, server, confirmedAt }: SessionFacts,
    readonly version: Version,
  ) {
    this.identity = identity;
    this.server = server;
    this.confirmedAt = confirmedAt;
  }

  heartbeat(): Promise<void> {
    return this.#run({ name: 'heartbeat', afterFailure: true, effect: () => undefined });
  }

  tryLocks(tries: readonly LockTry[]): Promise<Granted[]> {
    return this.#run({
      name: 'try',
      effect: (backend) => {
        const { locks } = backend.server;
        return tries.map(({ lock, heir }) => {
          if (locks.try(lock, backend)) return 'lock';
          return heir !== undefined && locks.try(heir, backend) ? 'heir' : undefined;
        });
      },
    });
  }

  takeOne(locks: readonly bigint[]): Promise<bigint | undefined> {
    return this.#run({
      name: 'take one',
      effect: (backend) => locks.find((lock) => backend.server.locks.try(lock, backend)),
    });
  }

  drawTerms(locks: readonly bigint[]): Promise<bigint[]> {
    return this.#run({ name: 'draw a term', effect: (backend) => draw(backend, locks) });
  }

  drawTermsAndAnnounce(
    locks: readonly bigint[],
    announcements: readonly Announcement[],
  ): Promise<bigint[] | undefined> {
    return this.#run<bigint[] | undefined>({
      name: 'draw a term',
      payloads: payloadsOf(announcements, this.version),
      refused: undefined,
      effect: (backend) => draw(backend, locks),
    });
  }

  holders(locks: readonly bigint[]): Promise<(Holder | undefined)[]> {
    return this.#run({
      name: 'holders',
      effect: (backend) => locks.map((lock) => backend.server.holder(lock, backend)),
    });
  }

  senders(pids: readonly number[]): Promise<Sender[]> {
    return this.#run({
      name: 'senders',
      effect: (backend) => pids.flatMap((pid) => backend.server.sender(pid, backend) ?? []),
    });
  }

  unlock(locks: readonly bigint[]): Promise<void> {
    return this.#run({
      name: 'unlock',
      effect: (backend) => {
        unlock(backend, locks);
      },
    });
  }

  unlockAndAnnounce(
    locks: readonly bigint[],
    announcements: readonly Announcement[],
  ): Promise<boolean> {
    return this.#run<boolean>({
      name: 'unlock',
      payloads: payloadsOf(announcements, this.version),
      refused: false,
      effect: (backend) => {
        unlock(backend, locks);
        return true;
      },
    });
  }

  announce(announcements: readonly Announcement[]): Promise<void> {
    const payloads = payloadsOf(announcements, this.version);
    return this.#run({ name: 'announce', payloads, effect: () => undefined });
  }

  sendReport(): Promise<void> {
    // Nobody of the fleet listens.
    return this.#run({ name: 'send a report', effect: () => undefined });
  }

  begin(): Promise<Answer> {
    return this.#answer({
      name: 'begin',
      effect: (backend) => {
        backend.transaction = { writes: [], failed: false };
        return done('BEGIN');
      },
    });
  }

  query(text: string, values: readonly unknown[]): Promise<Answer> {
    return this.#answer({
      name: text,
      effect: ({ transaction }) => {
        if (!transaction) return { error: new StatementError('There is no transaction') };
        if (text === failing) {
          transaction.failed = true;
          return { error: new StatementError('The statement failed') };
        }
        transaction.writes.push(values[0] as Write);
        return done('INSERT');
      },
    });
  }

  restore(): Promise<Answer> {
    return this.#answer({
      name: 'restore',
      afterFailure: true,
      effect: ({ transaction }) => done(transaction?.failed ? 'ROLLBACK' : 'RESTORE'),
    });
  }

  commit(): Promise<Answer> {
    return this.#answer({
      name: 'commit',
      commits: true,
      afterFailure: true,
      effect: (backend) => {
        const { server, transaction } = backend;
        backend.transaction = undefined;
        if (transaction?.failed) return done('ROLLBACK');
        server.ledger.commit(transaction?.writes ?? [], backend);
        return done('COMMIT');
      },
    });
  }

  rollback(): Promise<void> {
    return this.#run({
      name: 'rollback',
      afterFailure: true,
      effect: (backend) => {
        backend.transaction = undefined;
      },
    });
  }

  async terminate({ pid, token }: SessionIdentity): Promise<void> {
    if (this.socket.pooler === 'declared') return;
    await this.#run({
      name: 'terminate',
      effect: (backend) => {
        backend.server.terminate(pid, token, backend);
      },
    });
  }

  onAnnouncement(listener: (announcement: Announcement, sender: number) => void): void {
    this.socket.onNotification = ({ payload, sender }) => {
      const announcement = parseAnnouncement(payload);
      if (announcement) listener(announcement, sender);
    };
  }

  onClose(listener: (cause: Error) => void): void {
    if (this.socket.closed) listener(this.socket.closed);
    else this.socket.onClose = listener;
  }

  destroy(): void {
    this.socket.destroy();
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      const cancels: Cancel[] = [];
      this.socket.onClose = () => {
        for (const cancel of cancels) cancel();
        resolve();
      };
      cancels.push(
        this.socket.process.after(GOODBYE, () => {
          this.socket.destroy();
          resolve();
        }),
      );
      if (this.socket.closed) this.socket.onClose(this.socket.closed);
      else this.socket.goodbye();
    });
  }

  async #answer(statement: Statement<Answer>): Promise<Answer> {
    try {
      return await this.#run(statement);
    } catch (error) {
      if (error instanceof StatementError) return { error };
      throw error;
    }
  }

  #run<T>(statement: Statement<T>): Promise<T> {
    return this.socket.request(statement);
  }
}

function draw(backend: Backend, locks: readonly bigint[]): bigint[] {
  if (locks.some((lock) => backend.server.locks.holder(lock) !== backend))
    throw new Error('A term was drawn without the lock');
  const term = backend.server.drawTerm();
  return locks.map(() => term);
}

function unlock(backend: Backend, locks: readonly bigint[]): void {
  for (const lock of locks) backend.server.locks.unlock(lock, backend);
}

const done = (command: string): Answer => ({ command, rows: [], rowCount: 0 });
