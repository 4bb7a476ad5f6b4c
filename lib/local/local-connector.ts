import type { Clock, Instant } from '../election/clock.js';
import type {
  Answer,
  BackendIdentity,
  Connection,
  Connector,
  Granted,
  LockTry,
  ServerFacts,
} from '../election/connection.js';

/** Connects to nothing: this process is alone, so every lock is free. For local development (option `standalone`). */
export class LocalConnector implements Connector {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connect(): Promise<Connection> {
    return Promise.resolve(new LocalConnection(this.#clock.now()));
  }
}

class LocalConnection implements Connection {
  readonly identity: BackendIdentity = { pid: process.pid, startedAt: '' };
  readonly server: ServerFacts = { uptime: Infinity, replayed: false, checkpointAge: undefined };
  /** Grows from start to start of the process, as a term must. */
  #term: bigint;

  constructor(readonly confirmedAt: Instant) {
    this.#term = BigInt(confirmedAt.wall) * 1_000n;
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

  holderOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  silenceOfHolder(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  unlock(): Promise<void> {
    return Promise.resolve();
  }

  announce(): Promise<void> {
    return Promise.resolve();
  }

  answerRollCall(): Promise<void> {
    return Promise.resolve();
  }

  begin(): Promise<Answer> {
    const error = new Error(
      'This instance stands alone (option `standalone`): there is no database',
    );
    return Promise.resolve({ error });
  }

  readonly query = () => this.begin();
  readonly commit = () => this.begin();
  readonly rollback = () => this.begin();

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
    // Nothing is open.
  }

  end(): Promise<void> {
    return Promise.resolve();
  }
}
