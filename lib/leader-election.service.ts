import { Observable, distinctUntilChanged } from 'rxjs';
import { currentLeadership } from './duties/current-leadership.js';
import type { RunningWork } from './duties/running-work.js';
import type { LeaderInfo } from './election/announcement.js';
import type { Election } from './election/election.js';
import type { LeaderElectionEvent } from './election/events.js';
import type { Instance } from './election/instance.js';
import type { Leadership } from './election/leadership.js';
import type { ElectionStatus } from './interfaces/election-status.interface.js';

/** @internal */
export interface LeaderElectionServiceSetup {
  readonly election: Election;
  readonly instance: Instance;
  readonly instanceId: string;
  readonly work: RunningWork;
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

  /** The current term, if it is ours. */
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
    const { connected, lastHeartbeat, failure } = instance;
    return {
      election: name,
      instanceId,
      role,
      isLeader,
      term: leadership?.term,
      leader,
      connected,
      lastHeartbeat,
      lastError: failure,
    };
  }

  /**
   * Steps down: stops the duties, releases the lock and lets another instance lead. Resolves when the lock is released,
   * at once on an instance that does not lead. A leader-only handler that calls it does not wait for itself: there it
   * resolves when the stepping down has begun.
   */
  async resign(): Promise<void> {
    const ofHandler = currentLeadership();
    const released = this.#setup.election.resign();
    const wouldWaitForItself =
      ofHandler?.election === this.election && this.#setup.work.namesOf(ofHandler).length > 0;
    if (!wouldWaitForItself) await released;
  }

  /**
   * Resolves with the current term, or with the next one of this instance. Stays pending when the application shuts down
   * before that.
   *
   * @throws the signal's reason, when it aborts first
   */
  whenLeader({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Leadership> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const { leadership } = this;
      if (leadership) {
        resolve(leadership);
        return;
      }
      const aborted = () => {
        off();
        reject(signal?.reason as Error);
      };
      const off = this.#setup.election.events.on(() => {
        const elected = this.leadership;
        if (!elected) return;
        off();
        signal?.removeEventListener('abort', aborted);
        resolve(elected);
      });
      signal?.addEventListener('abort', aborted, { once: true });
    });
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

  #observe<T>(read: () => T): Observable<T> {
    return this.#follow<T>((subscriber) => {
      subscriber.next(read());
    }, read).pipe(distinctUntilChanged());
  }

  #follow<T>(
    hear: (subscriber: { next(value: T): void }, event: LeaderElectionEvent) => void,
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
        hear(subscriber, event);
      });
      return () => {
        off();
        closed.removeEventListener('abort', complete);
      };
    });
  }
}
