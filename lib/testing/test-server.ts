import type { Announcement } from '../core/model/announcement.js';
import type { LeaderInfo } from '../core/model/instance-report.js';
import type { Connector } from '../core/port/connection.js';
import type { StillClock } from './still-clock.js';
import { TestConnection, type AnswerStatement, type TestLocks } from './test-connection.js';

/** Replaces the database. Every lock is taken until the test grants it to this instance. */
export class TestServer implements Connector, TestLocks {
  readonly #clock: StillClock;
  readonly #answer: AnswerStatement | undefined;
  readonly #free = new Set<bigint>();
  readonly #terms = new Map<bigint, bigint>();
  readonly #leaders = new Map<bigint, LeaderInfo>();
  #connection: TestConnection | undefined;

  constructor(clock: StillClock, answer: AnswerStatement | undefined) {
    this.#clock = clock;
    this.#answer = answer;
  }

  connect(): Promise<TestConnection> {
    this.#connection = new TestConnection(this.#clock, this, this.#answer);
    return Promise.resolve(this.#connection);
  }

  // --- what a connection uses ---------------------------------------------------------------------------------------

  takeLock(lock: bigint): boolean {
    return this.#free.delete(lock);
  }

  drawTerm(lock: bigint): bigint {
    const term = (this.#terms.get(lock) ?? 0n) + 1n;
    this.#terms.set(lock, term);
    return term;
  }

  hasLeader(lock: bigint): boolean {
    return this.#leaders.has(lock);
  }

  get introductions(): readonly Announcement[] {
    return [...this.#leaders].map(([key, leader]) => ({ type: 'leading', key, leader }));
  }

  // --- what a test makes happen -------------------------------------------------------------------------------------

  /** Frees the lock for this instance. A leader elsewhere has served until now, so there is nothing to catch up on. */
  free(lock: bigint): void {
    const leader = this.#leaders.get(lock);
    this.#leaders.delete(lock);
    this.#free.add(lock);
    this.#connection?.tell({
      type: 'resigned',
      key: lock,
      instanceId: leader?.instanceId ?? '',
      ...(leader && { servedUntil: Date.now() }),
    });
  }

  /** Makes another instance the leader. */
  lead(lock: bigint, leader: LeaderInfo): void {
    this.#leaders.set(lock, leader);
    this.#connection?.tell({ type: 'elected', key: lock, leader });
  }

  /** Breaks the connection. */
  cut(): void {
    this.#connection?.close(new Error('The test closed the connection'));
  }

  /** Stops answering statements on this connection. Resolves when a statement is waiting for its answer. */
  async fallSilent(): Promise<void> {
    await this.#connection?.fallSilent();
  }
}
