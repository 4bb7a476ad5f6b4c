import type { Agenda } from '../time/agenda.js';
import type { Randomness } from '../time/randomness.js';
import { AdvisoryLocks, type LockWatch } from './advisory-locks.js';
import { Backend, type Client, type Notification } from './backend.js';
import type { Ledger } from './ledger.js';
import type { Stranger } from './stranger.js';
import type { Holder } from '../../../lib/core/port/locks.js';
import type { Sender } from '../../../lib/core/port/messages.js';
import type { ServerFacts } from '../../../lib/core/port/server-history.js';

export interface ServerHistory {
  /** Virtual time of `pg_postmaster_start_time()`. */
  startedAt: number;
  /** Since when it has been a primary, where it replayed WAL before that. */
  replayedUntil: number | undefined;
  /** When the first checkpoint after that began. */
  checkpointAt: number;
}

/** How the instances reach the server, and what they may see there. */
export interface Surroundings {
  /**
   * Whether a pooler in session mode stands before the server. A declared one is known to the adapter, which then ends no
   * session of the server.
   */
  readonly pooler?: 'declared' | 'hidden' | undefined;
  /** Whether the roles of the instances may not see each other's activity; then they are not members of each other either. */
  readonly hidesActivity?: boolean | undefined;
}

/** What the server tells those who watch over it. */
export interface ServerWatch {
  readonly locks?: LockWatch;
  /** A session ends another one. */
  readonly onTerminate?: (victim: Backend, by: Backend) => void;
  readonly onNotification?: (notification: Notification) => void;
}

/** PostgreSQL, as far as an election can see it. */
export class SimulatedServer {
  readonly locks: AdvisoryLocks;
  readonly surroundings: Surroundings;
  /** Sessions that belong to nobody of the fleet. */
  readonly strangers = new Set<Stranger>();
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly clockRate: number;
  readonly statementTimeout: number;
  readonly #random: Randomness;
  readonly #backends = new Set<Backend>();
  readonly #history: ServerHistory;
  #term: bigint;
  #lastPid = 1_000;
  /** When each process was started. */
  readonly #processes = new Map<number, number>();
  /** Processes that a pooler keeps for its next clients. */
  readonly #pool: number[] = [];
  readonly #watch: ServerWatch;
  #refusesUntil = -Infinity;
  /** Until when it is slow, and how long a statement may take then. */
  #slow = { until: 0, longest: 0 };
  /** Accepts no connection. */
  down = false;
  /** When it went without a word: its host lost its power, or its network. */
  silentSince: number | undefined;

  constructor(setup: {
    agenda: Agenda;
    ledger: Ledger;
    random: Randomness;
    statementTimeout: number;
    history: ServerHistory;
    term: bigint;
    clockRate: number;
    surroundings: Surroundings;
    watch: ServerWatch;
  }) {
    this.agenda = setup.agenda;
    this.ledger = setup.ledger;
    this.#random = setup.random;
    this.statementTimeout = setup.statementTimeout;
    this.#history = setup.history;
    this.#term = setup.term;
    this.clockRate = setup.clockRate;
    this.surroundings = setup.surroundings;
    this.#watch = setup.watch;
    this.locks = new AdvisoryLocks(setup.watch.locks);
  }

  get silent(): boolean {
    return this.silentSince !== undefined;
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

  open(client: Client): Backend {
    const backend = new Backend(this, this.#takeFromPool() ?? this.#newProcess(), client);
    this.#backends.add(backend);
    return backend;
  }

  /** @param process whether the process is there for another session, if a pooler keeps it */
  forget(backend: Backend, process: 'ends' | 'stays'): void {
    this.#backends.delete(backend);
    this.locks.release(backend);
    if (process === 'stays' && this.surroundings.pooler) this.#pool.push(backend.pid);
    else this.#processes.delete(backend.pid);
  }

  /** Somebody connects who does not belong to the fleet; another role is never given a process of the pooler's. */
  openSession({ trusted }: { trusted: boolean }): Stranger {
    const stranger: Stranger = { pid: this.#newProcess(), trusted };
    this.strangers.add(stranger);
    return stranger;
  }

  closeSession(stranger: Stranger): void {
    this.strangers.delete(stranger);
    this.#processes.delete(stranger.pid);
  }

  #newProcess(): number {
    this.#lastPid += 1;
    this.#processes.set(this.#lastPid, this.agenda.now);
    return this.#lastPid;
  }

  /** The pooler gives any of its processes. */
  #takeFromPool(): number | undefined {
    const { length } = this.#pool;
    if (length === 0) return undefined;
    return this.#pool.splice(Math.floor(this.#random.between(0, length)), 1)[0];
  }

  // --- what it shows ---------------------------------------------------------------------------------------------------

  holder(lock: bigint, asking: Backend): Holder | undefined {
    const ofToken = () => [...this.#backends].find(({ alive, token }) => alive && token === lock);
    const backend = this.locks.holder(lock) ?? ofToken();
    if (!backend) return undefined;
    const silence = (this.agenda.now - backend.stateChangedAt) * this.clockRate;
    return { pid: backend.pid, silence: this.#shows(backend, asking) ? silence : undefined };
  }

  /** A process that still lives. */
  sender(pid: number, asking: Backend): Sender | undefined {
    const startedAt = this.#processes.get(pid);
    if (startedAt === undefined) return undefined;
    const age = (this.agenda.now - startedAt) * this.clockRate;
    const backend = this.find(pid);
    if (!backend) {
      const trusted = this.isTrusted(pid);
      return { pid, age: trusted ? age : undefined, trusted };
    }
    const isVisible = this.#shows(backend, asking);
    return { pid, age: isVisible ? age : undefined, trusted: isVisible };
  }

  /** Whether the instances take requests from this process. */
  isTrusted(pid: number): boolean {
    for (const stranger of this.strangers) if (stranger.pid === pid) return stranger.trusted;
    return !this.surroundings.hidesActivity;
  }

  #shows(backend: Backend | undefined, asking: Backend): boolean {
    return !this.surroundings.hidesActivity || backend?.client.owner === asking.client.owner;
  }

  drawTerm(): bigint {
    this.#term += 1n + BigInt(Math.floor(this.#random.between(0, 3)));
    return this.#term;
  }

  /** Everybody hears of everything in the order of the commits. */
  publish(notification: Notification): void {
    this.#watch.onNotification?.(notification);
    for (const backend of this.#backends) if (backend.listening) backend.notify(notification);
  }

  get refusesAnnouncements(): boolean {
    return this.agenda.now < this.#refusesUntil;
  }

  /** As with a full queue of notifications. */
  refuseAnnouncements(duration: number): void {
    this.#refusesUntil = Math.max(this.#refusesUntil, this.agenda.now + duration);
  }

  /** Whether a statement that can't be announced fails at its commit only, or before it has done anything. */
  noticesAtCommit(): boolean {
    return this.#random.chance(0.8);
  }

  /** Ends the session that has this token in this process, if there is one; any that the process serves, without a token. */
  terminate(pid: number, token: bigint | undefined, by: Backend): void {
    const victim = this.find(pid, token);
    if (!victim) return;
    this.#watch.onTerminate?.(victim, by);
    victim.end('terminated');
  }

  /** Something that takes the operating system a moment. */
  soon(action: () => void): void {
    this.agenda.after(this.#random.between(0, 1), action);
  }

  /** From the effect of a statement to its commit, by which others hear of it. */
  commitDelay(): number {
    return this.#random.between(0, 0.3);
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
    for (const backend of [...this.#backends]) backend.end('the server is going down');
    for (const pid of this.#pool.splice(0)) this.#processes.delete(pid);
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
