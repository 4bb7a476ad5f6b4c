import { combineLatest, distinctUntilChanged, map, type Observable } from 'rxjs';
import type { Leadership } from './core/model/leadership.js';
import type { PartitionSet } from './core/partitions.js';
import type { RegisteredElection } from './leader-election.registry.js';
import type { LeaderElectionService } from './leader-election.service.js';

/**
 * A set of partitions: which of them this instance leads, and whether it owns a key. Inject it with
 * `@InjectPartitions(set)`.
 */
export class PartitionsService {
  readonly #elections: readonly RegisteredElection[];

  /** The set: its name, the number of partitions, and the partition of a key. */
  readonly partitions: PartitionSet;
  /** {@link owned}: the current value first, then every change. Never errors; completes at shutdown. */
  readonly owned$: Observable<readonly number[]>;

  /** @internal Created by `LeaderElectionModule`. */
  constructor(partitions: PartitionSet, elections: readonly RegisteredElection[]) {
    this.partitions = partitions;
    this.#elections = elections;
    this.owned$ = combineLatest(elections.map(({ service }) => service.isLeader$)).pipe(
      // Reads all of them now: they share one lease, which is confirmed for all or for none.
      map(() => this.owned),
      distinctUntilChanged((one, other) => String(one) === String(other)),
    );
  }

  /**
   * The numbers of the partitions that this instance leads at this instant, in ascending order. Empty while the lease
   * is not confirmed, since this instance must not act for any of them then.
   */
  get owned(): readonly number[] {
    return this.#elections.flatMap(({ service }, number) => (service.isLeader ? number : []));
  }

  /**
   * Whether this instance leads the partition of a key at this instant, with a confirmed lease.
   *
   * @throws TypeError if the key is not a string
   */
  owns(key: string): boolean {
    return this.#electionOf(key).service.isLeader;
  }

  /**
   * Runs `work` if this instance leads the partition of a key, and resolves with its result. Otherwise resolves with
   * undefined, without running it. A demotion from this partition waits for `work`. `leadership.term` is the fencing
   * token of this partition.
   *
   * @throws whatever `work` throws; TypeError if the key is not a string
   */
  async runIfOwner<T>(
    key: string,
    work: (leadership: Leadership) => T | Promise<T>,
  ): Promise<T | undefined> {
    const { service, duties } = this.#electionOf(key);
    const { leadership } = service;
    if (!leadership) return undefined;
    return await duties.work.run('runIfOwner', leadership, async () => work(leadership));
  }

  /**
   * The election of a partition, with its leader, status and events.
   *
   * @param partition the number of the partition; for a key, `partitions.of(key)`
   * @throws RangeError if there is no such partition
   */
  election(partition: number): LeaderElectionService {
    const election = this.#elections[partition];
    if (!election) {
      throw new RangeError(
        `There is no partition ${partition} in ${String(this.partitions)}; partitions are numbered from 0`,
      );
    }
    return election.service;
  }

  #electionOf(key: string): RegisteredElection {
    return this.#elections[this.partitions.of(key)] as RegisteredElection;
  }
}
