import { combineLatest, distinctUntilChanged, map, type Observable } from 'rxjs';
import type { Leadership } from './core/model/leadership.js';
import type { PartitionSet } from './core/partitions.js';
import type { RegisteredElection } from './leader-election.registry.js';
import type { LeaderElectionService } from './leader-election.service.js';

/** A set of partitions of this application: which are led here, and whose a key is. Inject it by `@InjectPartitions(set)`. */
export class PartitionsService {
  readonly #elections: readonly RegisteredElection[];

  /** The set: its name, how many partitions there are, and the partition of a key. */
  readonly partitions: PartitionSet;
  /** As {@link owned}: the current value first, then every change. Never errors; completes at shutdown. */
  readonly owned$: Observable<readonly number[]>;

  /** @internal Made by `LeaderElectionModule`. */
  constructor(partitions: PartitionSet, elections: readonly RegisteredElection[]) {
    this.partitions = partitions;
    this.#elections = elections;
    this.owned$ = combineLatest(elections.map(({ service }) => service.isLeader$)).pipe(
      // All at this moment: their leases are one, and are confirmed or not together.
      map(() => this.owned),
      distinctUntilChanged((one, other) => String(one) === String(other)),
    );
  }

  /**
   * The numbers of the partitions that this instance leads, in ascending order. Only while the lease is confirmed, at the instant
   * of the read: none of them may be acted for otherwise.
   */
  get owned(): readonly number[] {
    return this.#elections.flatMap(({ service }, number) => (service.isLeader ? number : []));
  }

  /**
   * Whether this instance leads the partition of a key, with a confirmed lease, at the instant of the call.
   *
   * @throws TypeError when the key is not a string
   */
  owns(key: string): boolean {
    return this.#electionOf(key).service.isLeader;
  }

  /**
   * Runs `work` if this instance leads the partition of a key, and resolves with its result; with undefined, without running it,
   * if not. A demotion from this partition waits for it. `leadership.term` is the fencing token of this partition.
   *
   * @throws what `work` throws; TypeError when the key is not a string
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
   * The election of a partition: who leads it, its status, its events.
   *
   * @param partition its number; that of a key is `partitions.of(key)`
   * @throws RangeError when there is no such partition
   */
  election(partition: number): LeaderElectionService {
    const election = this.#elections[partition];
    if (!election) {
      throw new RangeError(
        `There is no partition ${partition} in ${String(this.partitions)}; they are numbered from 0`,
      );
    }
    return election.service;
  }

  #electionOf(key: string): RegisteredElection {
    return this.#elections[this.partitions.of(key)] as RegisteredElection;
  }
}
