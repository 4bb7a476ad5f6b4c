import type { Connection, Connector } from '../port/connection.js';
import type { Granted, LockTry } from '../port/locks.js';
import type { Sender } from '../port/messages.js';
import type { ServerFacts } from '../port/server-history.js';
import type { SessionIdentity } from '../port/session-control.js';
import type { Answer } from '../port/transactions.js';
import type { Cancel, Clock, Instant } from '../time/clock.js';

/** Connects to nothing: this process is alone, so every lock is free. For local development (option `standalone`). */
export class StandaloneConnector implements Connector {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connect(): Promise<Connection> {
    return Promise.resolve(new StandaloneConnection(this.#clock));
  }
}

/** A day, in milliseconds: what a timer can hold. */
const DAY = 86_400_000;

class StandaloneConnection implements Connection {
  readonly identity: SessionIdentity = { pid: process.pid, token: 0n };
  readonly server: ServerFacts = { uptime: Infinity, replayed: false, checkpointAge: undefined };
  readonly confirmedAt: Instant;
  /** Grows from start to start of the process, as a term must. */
  #term: bigint;
  readonly #clock: Clock;
  #letGo: Cancel = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.confirmedAt = clock.now();
    this.#term = BigInt(this.confirmedAt.wall) * 1_000n;
    this.#keepProcessAlive();
  }

  /** As a socket would: an application of jobs alone must not end before it is elected. */
  #keepProcessAlive(): void {
    this.#letGo = this.#clock.after(
      DAY,
      () => {
        this.#keepProcessAlive();
      },
      { keepsProcessAlive: true },
    );
  }

  heartbeat(): Promise<void> {
    return Promise.resolve();
  }

  tryLocks(tries: readonly LockTry[]): Promise<Granted[]> {
    return Promise.resolve(tries.map(() => 'lock'));
  }

  drawTerm(): Promise<bigint> {
    this.#term += 1n;
    return Promise.resolve(this.#term);
  }

  readonly drawTermAndAnnounce = () => this.drawTerm();

  holders(locks: readonly bigint[]): Promise<undefined[]> {
    return Promise.resolve(locks.map(() => undefined));
  }

  senders(): Promise<Sender[]> {
    return Promise.resolve([]);
  }

  unlock(): Promise<void> {
    return Promise.resolve();
  }

  unlockAndAnnounce(): Promise<boolean> {
    return Promise.resolve(true);
  }

  announce(): Promise<void> {
    return Promise.resolve();
  }

  sendReport(): Promise<void> {
    return Promise.resolve();
  }

  begin(): Promise<Answer> {
    const error = new Error(
      'This instance stands alone (option `standalone`): there is no database',
    );
    return Promise.resolve({ error });
  }

  readonly query = () => this.begin();
  readonly restore = () => this.begin();
  readonly commit = () => this.begin();

  rollback(): Promise<void> {
    return Promise.resolve();
  }

  terminate(): Promise<void> {
    return Promise.resolve();
  }

  onAnnouncement(): void {
    // There is nobody else.
  }

  onClose(): void {
    // Nothing can close it.
  }

  destroy(): void {
    this.#letGo();
  }

  end(): Promise<void> {
    this.#letGo();
    return Promise.resolve();
  }
}
