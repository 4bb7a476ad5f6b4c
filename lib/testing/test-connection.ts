import type { Announcement } from '../core/model/announcement.js';
import type { TransactionResult } from '../core/model/leadership.js';
import type { Granted, Holder, LockTry } from '../core/port/locks.js';
import type { Answer } from '../core/port/transactions.js';
import { StandaloneConnection } from '../core/standalone/standalone-connector.js';
import type { Clock } from '../core/time/clock.js';
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
export class TestConnection extends StandaloneConnection {
  readonly #server: TestLocks;
  readonly #answerStatement: AnswerStatement | undefined;
  readonly #waits = deferred();
  #underWay = 0;
  #silent = false;
  #statementFailed = false;
  #onAnnouncement: (announcement: Announcement, sender: number) => void = () => undefined;
  #onClose: (cause: Error) => void = () => undefined;

  constructor(clock: Clock, server: TestLocks, answerStatement: AnswerStatement | undefined) {
    super(clock);
    this.#server = server;
    this.#answerStatement = answerStatement;
  }

  override tryLocks(tries: readonly LockTry[]): Promise<Granted[]> {
    return this.answer(() =>
      tries.map(({ lock }) => (this.#server.takeLock(lock) ? 'lock' : undefined)),
    );
  }

  override drawTerms(locks: readonly bigint[]): Promise<bigint[]> {
    return this.answer(() => locks.map((lock) => this.#server.drawTerm(lock)));
  }

  override holders(locks: readonly bigint[]): Promise<(Holder | undefined)[]> {
    // Where the test has not said who leads, nobody does.
    return this.answer(() =>
      locks.map((key) => (this.#server.hasLeader(key) ? { pid: OTHERS, silence: 0 } : undefined)),
    );
  }

  override announce(announcements: readonly Announcement[]): Promise<void> {
    return this.answer(() => {
      if (!announcements.some(({ type }) => type === 'who-leads')) return;
      for (const introduction of this.#server.introductions) this.tell(introduction);
    });
  }

  override begin(): Promise<Answer> {
    this.#statementFailed = false;
    if (this.#answerStatement) return this.done('BEGIN');
    const error = new LeaderElectionTestingError(
      'transaction(): there is no database in a test with LeaderElectionTestingModule; give the module the option ' +
        '`query`, a function that answers the statements',
    );
    return this.answer(() => ({ error }));
  }

  override query(text: string, values: readonly unknown[]): Promise<Answer> {
    return this.answer(async () => {
      try {
        const result = await this.#answerStatement?.(text, values);
        return { command: '', rows: result?.rows ?? [], rowCount: result?.rowCount ?? null };
      } catch (error) {
        this.#statementFailed = true;
        return { error: error as Error };
      }
    });
  }

  override restore(): Promise<Answer> {
    return this.done(this.#statementFailed ? 'ROLLBACK' : 'RESTORE');
  }

  override onAnnouncement(listener: (announcement: Announcement, sender: number) => void): void {
    this.#onAnnouncement = listener;
  }

  override onClose(listener: (cause: Error) => void): void {
    this.#onClose = listener;
  }

  override destroy(): void {
    super.destroy();
    this.#onAnnouncement = () => undefined;
    this.#onClose = () => undefined;
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

  protected override async answer<T>(find: () => T | Promise<T>): Promise<T> {
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
