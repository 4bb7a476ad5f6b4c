import type { ServerFacts } from '../../../lib/election/connection.js';
import type { Agenda } from '../time/agenda.js';
import type { Randomness } from '../time/randomness.js';
import { AdvisoryLocks } from './advisory-locks.js';
import { Backend, type Notification, type Packet } from './backend.js';
import type { Ledger } from './ledger.js';

export interface ServerHistory {
  /** Virtual time of `pg_postmaster_start_time()`. */
  startedAt: number;
  /** Since when it has been a primary, where it replayed WAL before that. */
  replayedUntil: number | undefined;
  /** When the first checkpoint after that began. */
  checkpointAt: number;
}

/** PostgreSQL, as far as an election can see it. */
export class SimulatedServer {
  readonly locks = new AdvisoryLocks();
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly clockRate: number;
  readonly statementTimeout: number;
  readonly #random: Randomness;
  readonly #backends = new Set<Backend>();
  readonly #history: ServerHistory;
  #term: bigint;
  #lastPid = 1_000;
  /** Until when it is slow, and how long a statement may take then. */
  #slow = { until: 0, longest: 0 };
  /** Accepts no connection. */
  down = false;
  /** Gone without a word: its host lost its power, or its network. */
  silent = false;

  constructor(setup: {
    agenda: Agenda;
    ledger: Ledger;
    random: Randomness;
    statementTimeout: number;
    history: ServerHistory;
    term: bigint;
  }) {
    this.agenda = setup.agenda;
    this.ledger = setup.ledger;
    this.#random = setup.random;
    this.statementTimeout = setup.statementTimeout;
    this.#history = setup.history;
    this.#term = setup.term;
    this.clockRate = setup.random.between(0.995, 1.005);
  }

  get backends(): ReadonlySet<Backend> {
    return this.#backends;
  }

  get lastTerm(): bigint {
    return this.#term;
  }

  get facts(): ServerFacts {
    const { startedAt, replayedUntil, checkpointAt } = this.#history;
    const { now } = this.agenda;
    const replayed = replayedUntil !== undefined;
    return {
      uptime: (now - startedAt) * this.clockRate,
      replayed,
      checkpointAge:
        replayed && checkpointAt <= now ? (now - checkpointAt) * this.clockRate : undefined,
    };
  }

  open(reply: (packet: Packet) => void): Backend {
    this.#lastPid += 1;
    const backend = new Backend(this, this.#lastPid, reply);
    this.#backends.add(backend);
    return backend;
  }

  forget(backend: Backend): void {
    this.#backends.delete(backend);
    this.locks.release(backend);
  }

  drawTerm(): bigint {
    this.#term += 1n + BigInt(Math.floor(this.#random.between(0, 3)));
    return this.#term;
  }

  /** Everybody hears of everything in the order of the commits. */
  publish(notification: Notification): void {
    for (const backend of this.#backends) if (backend.listening) backend.notify(notification);
  }

  /** Something that takes the operating system a moment. */
  soon(action: () => void): void {
    this.agenda.after(this.#random.between(0, 1), action);
  }

  slowDown(duration: number, longest: number): void {
    this.#slow = { until: this.agenda.now + duration, longest };
  }

  /** How long a statement takes until it has had its effect, and from there to its commit, in milliseconds. */
  pace(): { before: number; after: number } {
    if (this.agenda.now >= this.#slow.until) return { before: 0, after: 0 };
    const { longest } = this.#slow;
    return { before: this.#random.between(0, longest), after: this.#random.between(0, longest) };
  }

  /** Every session has a token of its own, also where another server has given the same process id. */
  drawToken(): bigint {
    return BigInt(Math.floor(this.#random.between(0, 2 ** 32)));
  }

  find(pid: number, token?: bigint): Backend | undefined {
    for (const backend of this.#backends)
      if (backend.pid === pid && (token === undefined || backend.token === token)) return backend;
    return undefined;
  }

  /**
   * Every session ends, and so does every lock.
   *
   * @param how `clean` and `crash` start the server anew; after `backend crash` its start time stays what it was
   */
  goDown(how: 'clean' | 'crash' | 'backend crash', downtime: number): void {
    this.down = true;
    for (const backend of [...this.#backends]) backend.close('the server is going down');
    this.agenda.after(downtime, () => {
      if (this.silent) return;
      this.down = false;
      const { now } = this.agenda;
      if (how !== 'backend crash') this.#history.startedAt = now;
      this.#history.replayedUntil = how === 'clean' ? undefined : now;
      this.#history.checkpointAt = now + this.#random.between(0, 4_000);
    });
  }
}
