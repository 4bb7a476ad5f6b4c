import type { Announcement } from '../core/model/announcement.js';
import type { LeaderInfo } from '../core/model/instance-report.js';
import type { Connector } from '../core/port/connection.js';
import type { StillClock } from './still-clock.js';
import { TestConnection, type AnswerStatement, type TestLocks } from './test-connection.js';

/** Stands in for the database: a lock is taken, by nobody in particular, until the test lets this instance have it. */
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

  // --- what a connection asks ---------------------------------------------------------------------------------------

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

  /** This instance gets the lock. Another that led has served until now, so that there is nothing to catch up on. */
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

  /** Another instance leads. */
  lead(lock: bigint, leader: LeaderInfo): void {
    this.#leaders.set(lock, leader);
    this.#connection?.tell({ type: 'elected', key: lock, leader });
  }

  /** The connection breaks. */
  cut(): void {
    this.#connection?.close(new Error('The test has cut the connection'));
  }

  /** From now on, no statement is answered on this connection. Resolves when there is one that waits for its answer. */
  async fallSilent(): Promise<void> {
    await this.#connection?.fallSilent();
  }
}
