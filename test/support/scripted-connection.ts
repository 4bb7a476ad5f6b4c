import type { Announcement } from '../../lib/core/model/announcement.js';
import type { Clock, Instant } from '../../lib/core/time/clock.js';
import type { Connection } from '../../lib/core/port/connection.js';
import type { Answer } from '../../lib/core/port/transactions.js';
import type { Granted, Holder, LockTry } from '../../lib/core/port/locks.js';
import type { Sender } from '../../lib/core/port/messages.js';
import type { ServerFacts } from '../../lib/core/port/server-history.js';
import type { SessionIdentity } from '../../lib/core/port/session-control.js';

/** A statement that reached the connection, to be answered by the test. */
export interface Sent {
  readonly statement: string;
  answer(value?: unknown): void;
  fail(error: Error): void;
}

/** A caller that sends statements without a pause would keep a test running forever. */
const MOST_STATEMENTS = 20_000;

/**
 * A connection at whose other end is the test. It stands in for nothing that PostgreSQL does: it is for the rules of time
 * and order on this side of the wire.
 */
export class ScriptedConnection implements Connection {
  readonly identity: SessionIdentity = { pid: 1, token: 1n };
  readonly server: ServerFacts = { uptime: Infinity, replayed: false, checkpointAge: undefined };
  hasNamesake = false;
  readonly confirmedAt: Instant;
  readonly sent: Sent[] = [];
  /** Answers every statement at once, unless set to false. */
  answering = true;
  destroyed = false;
  /** Another process of the server sends something. */
  tell: (announcement: Announcement, sender: number) => void = () => undefined;
  #onClose: ((cause: Error) => void) | undefined;

  constructor(clock: Clock) {
    this.confirmedAt = clock.now();
  }

  /** The statements so far, by name. */
  get statements(): string[] {
    return this.sent.map(({ statement }) => statement);
  }

  /** The statement that waits for its answer. */
  get pending(): Sent {
    const last = this.sent.at(-1);
    if (!last) throw new Error('Nothing was sent');
    return last;
  }

  close(cause: Error): void {
    this.#onClose?.(cause);
  }

  heartbeat = (): Promise<void> => this.#send('heartbeat', undefined);
  tryLocks = (tries: readonly LockTry[]): Promise<Granted[]> =>
    this.#send(
      'tryLocks',
      tries.map(() => undefined),
    );
  drawTerms = (locks: readonly bigint[]): Promise<bigint[]> =>
    this.#send(
      'drawTerm',
      locks.map(() => 1n),
    );
  drawTermsAndAnnounce = (
    locks: readonly bigint[],
    _announcements: readonly Announcement[],
  ): Promise<bigint[] | undefined> => this.drawTerms(locks);
  takeOne = (): Promise<bigint | undefined> => this.#send('takeOne', undefined);
  begin = (): Promise<Answer> => this.#send('begin', done('BEGIN'));
  query = (text: string, _values: readonly unknown[]): Promise<Answer> =>
    this.#send(text, done('SELECT'));
  commit = (): Promise<Answer> => this.#send('commit', done('COMMIT'));
  restore = (): Promise<Answer> => this.#send('restore', done('RESTORE'));
  rollback = (): Promise<void> => this.#send('rollback', undefined);
  holders = (locks: readonly bigint[]): Promise<(Holder | undefined)[]> =>
    this.#send(
      'holders',
      locks.map(() => undefined),
    );
  senders = (_pids: readonly number[]): Promise<Sender[]> => this.#send('senders', []);
  unlock = (_locks: readonly bigint[]): Promise<void> => this.#send('unlock', undefined);
  unlockAndAnnounce = (
    _locks: readonly bigint[],
    _announcements: readonly Announcement[],
  ): Promise<boolean> => this.#send('unlock', true);
  announce = (_announcements: readonly Announcement[]): Promise<void> =>
    this.#send('announce', undefined);
  sendReport = (): Promise<void> => this.#send('answerRollCall', undefined);
  terminate = (): Promise<void> => this.#send('terminate', undefined);
  onAnnouncement = (listener: (announcement: Announcement, sender: number) => void): void => {
    this.tell = listener;
  };

  onClose = (listener: (cause: Error) => void): void => {
    this.#onClose = listener;
  };
  destroy = (): void => {
    this.destroyed = true;
  };
  end = (): Promise<void> => Promise.resolve();

  #send<T>(statement: string, usual: T): Promise<T> {
    if (this.sent.length >= MOST_STATEMENTS)
      return Promise.reject(new Error(`More than ${MOST_STATEMENTS} statements were sent`));
    return new Promise<T>((resolve, reject) => {
      this.sent.push({
        statement,
        answer: (value = usual) => {
          resolve(value as T);
        },
        fail: reject,
      });
      if (this.answering) resolve(usual);
    });
  }
}

const done = (command: string): Answer => ({ command, rows: [], rowCount: 0 });
