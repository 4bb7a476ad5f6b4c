import type { Announcement } from '../core/model/announcement.js';
import type { TransactionResult } from '../core/model/leadership.js';
import type { Granted, Holder, LockTry } from '../core/port/locks.js';
import type { Answer } from '../core/port/transactions.js';
import { StandaloneConnection } from '../core/standalone/standalone-connector.js';
import type { Clock } from '../core/time/clock.js';
import { deferred } from '../core/time/wait.js';
import { LeaderElectionTestingError } from './testing.error.js';

/** Answers the statements of `leadership.transaction()` instead of the database. */
export type AnswerStatement = (
  text: string,
  values: readonly unknown[],
) => TransactionResult<unknown> | Promise<TransactionResult<unknown>>;

/** The part of the server that a connection uses. */
export interface TestLocks {
  /** Takes the lock for this instance if it is free. Returns whether it was. */
  takeLock(lock: bigint): boolean;
  /** The next term of the election: 1n, 2n, … */
  drawTerm(lock: bigint): bigint;
  /** Whether the test has made another instance the leader. */
  hasLeader(lock: bigint): boolean;
  /** The announcements of the other leaders. */
  readonly introductions: readonly Announcement[];
}

/** The server process that holds all locks of other instances. No real process has this number. */
const OTHERS = 0;

/** A connection to a server that a test controls. It answers at once, unless it has fallen silent. */
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
    // There is no leader unless the test has made one.
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
      'transaction(): LeaderElectionTestingModule has no database; set its option `query` to a function that answers ' +
        'the statements',
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
