import { Observable, distinctUntilChanged } from 'rxjs';
import { withJson } from './core/common/with-json.js';
import { currentTask } from './core/duties/current-leadership.js';
import type { RunningWork } from './core/duties/running-work.js';
import type { Election } from './core/election/election.js';
import type { ConnectionFailure } from './core/fleet/connection-supervisor.js';
import type { Instance } from './core/fleet/instance.js';
import type { LeaderElectionEvent } from './core/model/events.js';
import type { LeaderInfo, Role } from './core/model/instance-report.js';
import type { Leadership } from './core/model/leadership.js';
import { waitFor } from './core/time/wait.js';

/** @internal */
export interface LeaderElectionServiceSetup {
  readonly election: Election;
  readonly instance: Instance;
  readonly instanceId: string;
  readonly work: RunningWork;
  /** Aborts when the application begins to shut down: there is no next term after that. */
  readonly stopping: AbortSignal;
  /** Aborts when the election has ended for good. */
  readonly closed: AbortSignal;
}

/** An election of this application. Inject it by class (the default election) or with `@InjectLeaderElection(name)`. */
export class LeaderElectionService {
  readonly #setup: LeaderElectionServiceSetup;

  /** Whether this instance leads: the current value first, then every change. Never errors; completes at shutdown. */
  readonly isLeader$: Observable<boolean>;
  /** Which instance leads: the current value first, then every change. Never errors; completes at shutdown. */
  readonly leader$: Observable<LeaderInfo | undefined>;
  /** All events from now on, in order. Never errors; completes at shutdown. */
  readonly events$: Observable<LeaderElectionEvent>;

  /** @internal Created by `LeaderElectionModule`. */
  constructor(setup: LeaderElectionServiceSetup) {
    this.#setup = setup;
    this.isLeader$ = this.#observe(() => this.isLeader);
    this.leader$ = this.#observe(() => this.leader);
    this.events$ = this.#follow((subscriber, event) => {
      subscriber.next(event);
    });
  }

  /** The election's name. */
  get election(): string {
    return this.#setup.election.name;
  }

  /** Whether this instance leads at this instant. True only while the lease is confirmed. */
  get isLeader(): boolean {
    return this.#setup.election.isLeader;
  }

  /** The current term, if this instance leads and its lease is confirmed at this instant. */
  get leadership(): Leadership | undefined {
    return this.#setup.election.leadership;
  }

  /** The leader, as far as this instance knows. */
  get leader(): LeaderInfo | undefined {
    return this.#setup.election.leader;
  }

  /** The state of the election, as this instance sees it now. */
  status(): ElectionStatus {
    const { election, instance, instanceId } = this.#setup;
    const { name, role, isLeader, leadership, leader } = election;
    const { connected, disconnectedSince, lastHeartbeat, failure } = instance;
    return withJson({
      election: name,
      instanceId,
      role,
      isLeader,
      term: leadership?.term,
      leader,
      connected,
      disconnectedSince,
      lastHeartbeat,
      lastError: failure,
    });
  }

  /**
   * Steps down: stops the duties, releases the lock and lets another instance lead. Resolves when the lock is released;
   * immediately if this instance does not lead. In a leader-only handler, it does not wait for that handler: there it
   * resolves when stepping down has begun.
   */
  async resign(): Promise<void> {
    const caller = currentTask();
    const released = this.#setup.election.resign();
    const wouldWaitForItself = caller !== undefined && this.#setup.work.includes(caller);
    if (!wouldWaitForItself) await released;
  }

  /**
   * Resolves with the current term of this instance, or with its next one. On a standby, it waits as long as another
   * instance leads; on an observer, until the application shuts down.
   *
   * @throws the signal's reason if it aborts first; {@link ElectionStoppedError} if the application shuts down before
   *   this instance leads
   * @example
   * ```ts
   * const { term, signal } = await this.election.whenLeader();
   * ```
   */
  async whenLeader({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Leadership> {
    signal?.throwIfAborted();
    const leadership = this.leadership ?? (await this.#nextLeadership(signal));
    if (leadership) return leadership;
    signal?.throwIfAborted();
    throw new ElectionStoppedError(this.election);
  }

  /**
   * Runs `work` if this instance leads, and resolves with its result. Otherwise resolves with undefined, without
   * running it. A demotion waits for `work`.
   *
   * @throws whatever `work` throws
   * @example
   * ```ts
   * const sent = await this.election.runIfLeader(({ signal }) => this.mailer.sendAll(signal));
   * ```
   */
  async runIfLeader<T>(work: (leadership: Leadership) => T | Promise<T>): Promise<T | undefined> {
    const { leadership } = this;
    if (!leadership) return undefined;
    return await this.#setup.work.run('runIfLeader', leadership, async () => work(leadership));
  }

  /** Resolves with undefined if `signal` aborts, or the application begins to shut down, first. */
  #nextLeadership(signal: AbortSignal | undefined): Promise<Leadership | undefined> {
    const { election, stopping } = this.#setup;
    return waitFor<Leadership | undefined>(stopping, (tell) => {
      const off = election.events.on(() => {
        if (this.leadership) tell(this.leadership);
      });
      const aborted = () => {
        tell(undefined);
      };
      signal?.addEventListener('abort', aborted);
      return () => {
        off();
        signal?.removeEventListener('abort', aborted);
      };
    });
  }

  #observe<T>(read: () => T): Observable<T> {
    return this.#follow<T>((subscriber) => {
      subscriber.next(read());
    }, read).pipe(distinctUntilChanged());
  }

  #follow<T>(
    deliver: (subscriber: { next(value: T): void }, event: LeaderElectionEvent) => void,
    first?: () => T,
  ): Observable<T> {
    const { election, closed } = this.#setup;
    return new Observable<T>((subscriber) => {
      if (first) subscriber.next(first());
      if (closed.aborted) {
        subscriber.complete();
        return undefined;
      }
      const complete = () => {
        subscriber.complete();
      };
      closed.addEventListener('abort', complete);
      const off = election.events.on((event) => {
        deliver(subscriber, event);
      });
      return () => {
        off();
        closed.removeEventListener('abort', complete);
      };
    });
  }
}

/** The state of an election, as one instance sees it. In JSON, the term is a string, the error its name and message. */
export interface ElectionStatus {
  /** The election's name. */
  readonly election: string;
  /** The name of this instance. */
  readonly instanceId: string;
  /** The role of this instance in the election. */
  readonly role: Role;
  /** As {@link LeaderElectionService.isLeader}: also false on a leader whose lease is not confirmed at the moment. */
  readonly isLeader: boolean;
  /** The term, if this instance leads and its lease is confirmed. */
  readonly term: bigint | undefined;
  /** The leader, as far as this instance knows; in reserve, as of its last check-in. */
  readonly leader: LeaderInfo | undefined;
  /** Whether there is a connection to the database. In reserve, true only during a check-in. */
  readonly connected: boolean;
  /** Since when there has been no connection; undefined while connected, and in reserve, where none is needed. */
  readonly disconnectedSince: Date | undefined;
  /** When this instance sent the last statement that the database answered. */
  readonly lastHeartbeat: Date | undefined;
  /** Why there is no connection, or why there was none the last time. */
  readonly lastError: ConnectionFailure | undefined;
}

/** Rejection of `whenLeader()`: the application is shutting down, so this instance will not lead any more. */
export class ElectionStoppedError extends Error {
  override readonly name = 'ElectionStoppedError';

  constructor(
    /** The election's name. */
    readonly election: string,
  ) {
    super(
      `This instance will not lead "${election}" any more, because the application is shutting down; catch this ` +
        'error where whenLeader() is awaited',
    );
  }
}
