import type { Announcement } from '../model/announcement.js';
import type { Connection, Connector } from '../port/connection.js';
import type { Granted, Holder, LockTry } from '../port/locks.js';
import type { Sender } from '../port/messages.js';
import type { ServerFacts } from '../port/server-history.js';
import type { SessionIdentity } from '../port/session-control.js';
import type { Answer } from '../port/transactions.js';
import type { Cancel, Clock, Instant } from '../time/clock.js';

/**
 * Works without a database: this process is the only instance, so every lock is free. For local development
 * (`standalone`).
 */
export class StandaloneConnector implements Connector {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async connect(): Promise<Connection> {
    return new StandaloneConnection(this.#clock);
  }
}

/** A day, in milliseconds, which a timer supports. */
const DAY = 86_400_000;

/** Every operation succeeds at once. The adapter for tests overrides some of them. */
export class StandaloneConnection implements Connection {
  readonly identity: SessionIdentity = { pid: process.pid, token: 0n };
  readonly server: ServerFacts = { uptime: Infinity, replayed: false, checkpointAge: undefined };
  readonly hasNamesake = false;
  readonly confirmedAt: Instant;
  /** Increases across restarts of the process, as a term must. */
  #term: bigint;
  readonly #clock: Clock;
  #cancelTimer: Cancel = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.confirmedAt = clock.now();
    this.#term = BigInt(this.confirmedAt.wall) * 1_000n;
    this.#keepProcessAlive();
  }

  /**
   * Keeps the process alive, as a socket would: an application that only has jobs must not end before it is elected.
   */
  #keepProcessAlive(): void {
    this.#cancelTimer = this.#clock.after(
      DAY,
      () => {
        this.#keepProcessAlive();
      },
      { keepsProcessAlive: true },
    );
  }

  /** Produces every answer. */
  protected async answer<T>(find: () => T | Promise<T>): Promise<T> {
    return find();
  }

  protected done(command: string): Promise<Answer> {
    return this.answer(() => ({ command, rows: [], rowCount: null }));
  }

  heartbeat(): Promise<void> {
    return this.answer(() => undefined);
  }

  tryLocks(tries: readonly LockTry[]): Promise<Granted[]> {
    return this.answer(() => tries.map(() => 'lock'));
  }

  takeOne([first]: readonly bigint[]): Promise<bigint | undefined> {
    return this.answer(() => first);
  }

  drawTerms(locks: readonly bigint[]): Promise<bigint[]> {
    return this.answer(() => {
      this.#term += 1n;
      return locks.map(() => this.#term);
    });
  }

  drawTermsAndAnnounce(locks: readonly bigint[]): Promise<bigint[]> {
    return this.drawTerms(locks);
  }

  holders(locks: readonly bigint[]): Promise<(Holder | undefined)[]> {
    return this.answer(() => locks.map(() => undefined));
  }

  senders(): Promise<Sender[]> {
    return this.answer(() => []);
  }

  unlock(): Promise<void> {
    return this.answer(() => undefined);
  }

  unlockAndAnnounce(): Promise<boolean> {
    return this.answer(() => true);
  }

  announce(_announcements: readonly Announcement[]): Promise<void> {
    return this.answer(() => undefined);
  }

  sendReport(): Promise<void> {
    return this.answer(() => undefined);
  }

  begin(): Promise<Answer> {
    const error = new Error('There is no database: this instance runs with standalone: true');
    return this.answer(() => ({ error }));
  }

  query(_text: string, _values: readonly unknown[]): Promise<Answer> {
    return this.begin();
  }

  restore(): Promise<Answer> {
    return this.done('RESTORE');
  }

  commit(): Promise<Answer> {
    return this.done('COMMIT');
  }

  rollback(): Promise<void> {
    return this.answer(() => undefined);
  }

  terminate(): Promise<void> {
    return this.answer(() => undefined);
  }

  onAnnouncement(_listener: (announcement: Announcement, sender: number) => void): void {
    // There are no other instances.
  }

  onClose(_listener: (cause: Error) => void): void {
    // Nothing can close it.
  }

  destroy(): void {
    this.#cancelTimer();
  }

  async end(): Promise<void> {
    this.destroy();
  }
}
