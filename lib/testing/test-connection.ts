import type { Announcement } from '../core/model/announcement.js';
import type { TransactionResult } from '../core/model/leadership.js';
import type { Connection } from '../core/port/connection.js';
import type { Granted, Holder, LockTry } from '../core/port/locks.js';
import type { Sender } from '../core/port/messages.js';
import type { ServerFacts } from '../core/port/server-history.js';
import type { SessionIdentity } from '../core/port/session-control.js';
import type { Answer } from '../core/port/transactions.js';
import type { Instant } from '../core/time/clock.js';
import { deferred } from '../core/time/wait.js';
import { LeaderElectionTestingError } from './testing.error.js';

/** Answers the statements of `leadership.transaction()` in the database's place. */
export type AnswerStatement = (
  text: string,
  values: readonly unknown[],
) => TransactionResult<unknown> | Promise<TransactionResult<unknown>>;

/** What a connection asks of the server that it is connected to. */
export interface TestLocks {
  /** True: the lock is ours from now on. */
  takeLock(lock: bigint): boolean;
  /** Each election counts on its own: 1n, 2n, … */
  drawTerm(lock: bigint): bigint;
  /** Whether the test has said who leads elsewhere. */
  hasLeader(lock: bigint): boolean;
  /** Who leads elsewhere, as those leaders introduce themselves. */
  readonly introductions: readonly Announcement[];
}

/** The process of the server that holds every lock which is not ours. No process has this number. */
const OTHERS = 0;

/** A connection to a server that is in the hands of a test. It answers at once, unless it has fallen silent. */
export class TestConnection implements Connection {
  readonly identity: SessionIdentity = { pid: process.pid, token: 0n };
  readonly server: ServerFacts = { uptime: Infinity, replayed: false, checkpointAge: undefined };
  readonly #server: TestLocks;
  readonly #answerStatement: AnswerStatement | undefined;
  readonly #waits = deferred();
  #underWay = 0;
  #silent = false;
  #statementFailed = false;
  #onAnnouncement: (announcement: Announcement, sender: number) => void = () => undefined;
  #onClose: (cause: Error) => void = () => undefined;

  constructor(
    server: TestLocks,
    readonly confirmedAt: Instant,
    answerStatement: AnswerStatement | undefined,
  ) {
    this.#server = server;
    this.#answerStatement = answerStatement;
  }

  heartbeat(): Promise<void> {
    return this.#answer(() => undefined);
  }

  tryLocks(tries: readonly LockTry[]): Promise<Granted[]> {
    return this.#answer(() =>
      tries.map(({ lock }) => (this.#server.takeLock(lock) ? 'lock' : undefined)),
    );
  }

  drawTerm(lock: bigint): Promise<bigint> {
    return this.#answer(() => this.#server.drawTerm(lock));
  }

  drawTermAndAnnounce(lock: bigint): Promise<bigint> {
    return this.drawTerm(lock);
  }

  holders(locks: readonly bigint[]): Promise<(Holder | undefined)[]> {
    // Where the test has not said who leads, nobody does.
    return this.#answer(() =>
      locks.map((key) => (this.#server.hasLeader(key) ? { pid: OTHERS, silence: 0 } : undefined)),
    );
  }

  senders(): Promise<Sender[]> {
    return this.#answer(() => []);
  }

  unlock(): Promise<void> {
    return this.#answer(() => undefined); // Taken again, by nobody in particular.
  }

  unlockAndAnnounce(): Promise<boolean> {
    return this.#answer(() => true);
  }

  announce(announcements: readonly Announcement[]): Promise<void> {
    return this.#answer(() => {
      if (!announcements.some(({ type }) => type === 'who-leads')) return;
      for (const introduction of this.#server.introductions) this.tell(introduction);
    });
  }

  sendReport(): Promise<void> {
    return this.#answer(() => undefined); // Nobody asks.
  }

  begin(): Promise<Answer> {
    this.#statementFailed = false;
    if (this.#answerStatement) return this.#done('BEGIN');
    const error = new LeaderElectionTestingError(
      'transaction(): there is no database in a test with LeaderElectionTestingModule; give the module the option ' +
        '`query`, a function that answers the statements',
    );
    return this.#answer(() => ({ error }));
  }

  query(text: string, values: readonly unknown[]): Promise<Answer> {
    return this.#answer(async () => {
      try {
        const result = await this.#answerStatement?.(text, values);
        return { command: '', rows: result?.rows ?? [], rowCount: result?.rowCount ?? null };
      } catch (error) {
        this.#statementFailed = true;
        return { error: error as Error };
      }
    });
  }

  restore(): Promise<Answer> {
    return this.#done(this.#statementFailed ? 'ROLLBACK' : 'RESTORE');
  }

  commit(): Promise<Answer> {
    return this.#done('COMMIT');
  }

  rollback(): Promise<void> {
    return this.#answer(() => undefined);
  }

  terminate(): Promise<void> {
    return this.#answer(() => undefined);
  }

  onAnnouncement(listener: (announcement: Announcement, sender: number) => void): void {
    this.#onAnnouncement = listener;
  }

  onClose(listener: (cause: Error) => void): void {
    this.#onClose = listener;
  }

  destroy(): void {
    this.#onAnnouncement = () => undefined;
    this.#onClose = () => undefined;
  }

  end(): Promise<void> {
    this.destroy();
    return Promise.resolve();
  }

  // --- what the server does -----------------------------------------------------------------------------------------

  tell(announcement: Announcement): void {
    this.#onAnnouncement(announcement, OTHERS);
  }

  close(cause: Error): void {
    this.#onClose(cause);
  }

  fallSilent(): Promise<void> {
    this.#silent = true;
    if (this.#underWay > 0) this.#waits.resolve();
    return this.#waits.promise;
  }

  #done(command: string): Promise<Answer> {
    return this.#answer(() => ({ command, rows: [], rowCount: null }));
  }

  async #answer<T>(find: () => T | Promise<T>): Promise<T> {
    this.#underWay += 1;
    const answer = this.#silent ? undefined : { value: await find() };
    // It may have fallen silent while the answer was on its way.
    if (answer && !this.#silent) {
      this.#underWay -= 1;
      return answer.value;
    }
    this.#waits.resolve();
    return new Promise(() => undefined);
  }
}
