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
  /** Aborts when the application begins to shut down: from then on there is no next term. */
  readonly stopping: AbortSignal;
  /** Aborts when the election has ended for good. */
  readonly closed: AbortSignal;
}

/** One election of this application. Inject it by its class (the default election) or by `@InjectLeaderElection(name)`. */
export class LeaderElectionService {
  readonly #setup: LeaderElectionServiceSetup;

  /** Whether this instance leads: the current value first, then every change. Never errors; completes at shutdown. */
  readonly isLeader$: Observable<boolean>;
  /** Who leads, in any instance: the current value first, then every change. Never errors; completes at shutdown. */
  readonly leader$: Observable<LeaderInfo | undefined>;
  /** What happens from now on, in order. Never errors; completes at shutdown. */
  readonly events$: Observable<LeaderElectionEvent>;

  /** @internal Made by `LeaderElectionModule`. */
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

  /** True only while the lease is confirmed, at the instant of the read. */
  get isLeader(): boolean {
    return this.#setup.election.isLeader;
  }

  /** The current term, if it is ours and the lease is confirmed at the instant of the read. */
  get leadership(): Leadership | undefined {
    return this.#setup.election.leadership;
  }

  /** Who leads, as far as this instance knows. */
  get leader(): LeaderInfo | undefined {
    return this.#setup.election.leader;
  }

  /** Everything that this instance knows of the election at this moment. */
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
   * Steps down: stops the duties, releases the lock and lets another instance lead. Resolves when the lock is released,
   * at once on an instance that does not lead. A leader-only handler that calls it does not wait for itself: there it
   * resolves when the stepping down has begun.
   */
  async resign(): Promise<void> {
    const caller = currentTask();
    const released = this.#setup.election.resign();
    const wouldWaitForItself = caller !== undefined && this.#setup.work.includes(caller);
    if (!wouldWaitForItself) await released;
  }

  /**
   * Resolves with the current term, or with the next one of this instance. It may wait for very long: on a standby, for
   * as long as another leads; on an observer, until the application shuts down.
   *
   * @throws the signal's reason, when it aborts first; {@link ElectionStoppedError} when the application shuts down before
   *   this instance leads
   */
  async whenLeader({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Leadership> {
    signal?.throwIfAborted();
    const leadership = this.leadership ?? (await this.#nextLeadership(signal));
    if (leadership) return leadership;
    signal?.throwIfAborted();
    throw new ElectionStoppedError(this.election);
  }

  /**
   * Runs `work` if this instance leads, and resolves with its result; with undefined, without running it, if not. A
   * demotion waits for it.
   *
   * @throws what `work` throws
   */
  async runIfLeader<T>(work: (leadership: Leadership) => T | Promise<T>): Promise<T | undefined> {
    const { leadership } = this;
    if (!leadership) return undefined;
    return await this.#setup.work.run('runIfLeader', leadership, async () => work(leadership));
  }

  /** Undefined when `signal` aborts, or the application begins to shut down, before there is one. */
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

/** An election as this instance sees it at one moment. As JSON, a term is a string, and an error its name and message. */
export interface ElectionStatus {
  /** The election's name. */
  readonly election: string;
  /** The name of this instance. */
  readonly instanceId: string;
  /** What this instance is in the election. */
  readonly role: Role;
  /** As {@link LeaderElectionService.isLeader}: false also for a leader whose lease is unconfirmed at the moment. */
  readonly isLeader: boolean;
  /** The term, if this instance leads and its lease is confirmed. */
  readonly term: bigint | undefined;
  /** Who leads, as far as this instance knows; in reserve, as of its last look. */
  readonly leader: LeaderInfo | undefined;
  /** Whether there is a connection to the database. In reserve, only while this instance looks in. */
  readonly connected: boolean;
  /** Since when there has been no connection; undefined while there is one, and in reserve, where none is needed. */
  readonly disconnectedSince: Date | undefined;
  /** When the last statement was sent that the database answered. */
  readonly lastHeartbeat: Date | undefined;
  /** Why there is no connection, or why there was none the last time. */
  readonly lastError: ConnectionFailure | undefined;
}

/** The application shuts down while something waits for this instance to lead: it won't lead any more. */
export class ElectionStoppedError extends Error {
  override readonly name = 'ElectionStoppedError';

  constructor(
    /** The election's name. */
    readonly election: string,
  ) {
    super(
      `This instance won't lead "${election}" any more, because the application shuts down; whoever waits for ` +
        'whenLeader() should catch this error and give up',
    );
  }
}
