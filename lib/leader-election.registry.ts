import { setMaxListeners } from 'node:events';
import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { reportFailure } from './core/common/background.js';
import { guarded } from './core/common/logger.js';
import { createElections } from './core/create-elections.js';
import type { Instance } from './core/fleet/instance.js';
import { namesInShort, partitionSetsAmong, type PartitionSet } from './core/partitions.js';
import { readOneOf, resolveOptions, type ResolvedElection } from './core/resolve-options.js';
import { ElectionDuties } from './duties/election-duties.js';
import { LEADER_ELECTION_OPTIONS } from './leader-election.module-definition.js';
import type { LeaderElectionModuleOptions } from './leader-election.options.js';
import { LeaderElectionService } from './leader-election.service.js';
import { TestBackend } from './leader-election.test-backend.js';

/** The options that only the module has. */
const MODULE_OPTIONS = [
  'elections',
  'standalone',
  'scheduledJobs',
] as const satisfies readonly (keyof LeaderElectionModuleOptions)[];

const DEFAULT_ELECTION = 'default';

/** An election of this application: what apps inject, and what starts and stops with it. */
export interface RegisteredElection {
  readonly service: LeaderElectionService;
  readonly duties: ElectionDuties;
  /** The name of this instance. */
  readonly instanceId: string;
  /** After how many seconds a caller that a standby refused may expect another leader. */
  readonly retryAfter: number;
}

/**
 * All elections of an application, by name.
 *
 * @internal
 */
@Injectable()
export class LeaderElectionRegistry {
  readonly #elections = new Map<string, RegisteredElection>();
  readonly #default: RegisteredElection;
  /** In milliseconds. */
  readonly leaseDuration: number;
  /** Where jobs run about which no decorator says it. */
  readonly scheduledJobs: 'every-instance' | 'leader-only';
  readonly #instance: Instance;
  readonly #testBackend: TestBackend | undefined;
  readonly #stopping = new AbortController();
  readonly #closed = new AbortController();
  readonly #logger = guarded(new Logger('LeaderElection'));
  #run: Promise<void> | undefined;

  /** @throws InvalidOptionError when an option can't be used */
  constructor(
    @Inject(LEADER_ELECTION_OPTIONS) options: LeaderElectionModuleOptions,
    @Optional() testBackend?: TestBackend,
  ) {
    // A test's `useMocker()` mocks whatever is not provided, also what is optional.
    this.#testBackend = testBackend instanceof TestBackend ? testBackend : undefined;
    const logger = this.#logger;
    const resolved = resolveOptions(options, {
      elections: options.elections ?? [DEFAULT_ELECTION],
      standalone: this.#testBackend ? true : options.standalone,
      others: MODULE_OPTIONS,
    });
    this.leaseDuration = resolved.timings.leaseDuration;
    this.scheduledJobs = readOneOf('scheduledJobs', options.scheduledJobs ?? 'every-instance', [
      'every-instance',
      'leader-only',
    ]);
    const { instanceId } = resolved;
    const duties = new Map(
      resolved.elections.map(({ name }) => [name, new ElectionDuties(logger)]),
    );
    // By then every standby has tried the lock once more.
    const retryAfter = Math.ceil(resolved.timings.retryInterval / 1_000);
    const dutiesOf = (name: string) => duties.get(name) as ElectionDuties;
    const { instance, elections } = (this.#testBackend ?? { createElections }).createElections(
      { ...resolved, elections: numbered(resolved.elections) },
      logger,
      dutiesOf,
    );
    this.#instance = instance;
    // Every subscriber of every election waits for the end.
    setMaxListeners(0, this.#stopping.signal, this.#closed.signal);
    for (const election of elections) {
      const { work } = dutiesOf(election.name);
      const service = new LeaderElectionService({
        election,
        instance,
        instanceId,
        work,
        stopping: this.#stopping.signal,
        closed: this.#closed.signal,
      });
      this.#elections.set(election.name, {
        service,
        duties: dutiesOf(election.name),
        instanceId,
        retryAfter,
      });
    }
    const [first] = this.#elections.values();
    this.#default = this.#elections.get(DEFAULT_ELECTION) ?? (first as RegisteredElection);
  }

  /** Whether an object, which Nest may have made of the prototype alone, has been constructed. */
  static isMade(registry: object): boolean {
    return #elections in registry;
  }

  get all(): readonly RegisteredElection[] {
    return [...this.#elections.values()];
  }

  /**
   * @param name undefined: the default election
   * @throws UnknownElectionError, which names `usedIn`
   */
  get(name: string | undefined, usedIn: string): RegisteredElection {
    const election = name === undefined ? this.#default : this.#elections.get(name);
    if (!election) throw new UnknownElectionError(name ?? '', [...this.#elections.keys()], usedIn);
    return election;
  }

  /** The sets of partitions that the elections of this application are, by their names. */
  get partitionSets(): readonly PartitionSet[] {
    return partitionSetsAmong(this.#elections.keys());
  }

  /** Whether these partitions are elections of this application, and there are no more of them. */
  declares(set: PartitionSet): boolean {
    return this.partitionSets.some(({ name, count }) => name === set.name && count === set.count);
  }

  /**
   * The elections of all partitions of a set, by their numbers.
   *
   * @throws UnknownElectionError, which names `usedIn`, where the set is not declared, or with another count
   */
  allOf(set: PartitionSet, usedIn: string): readonly RegisteredElection[] {
    if (!this.declares(set)) {
      const declared = [...this.#elections.keys()];
      const missing = [...set].find((name) => !this.#elections.has(name)) ?? set.name;
      throw new UnknownElectionError(missing, declared, usedIn, set);
    }
    return [...set].map((name) => this.get(name, usedIn));
  }

  /** Takes part from now on; an unreachable database does not keep the application from starting. */
  async start(): Promise<void> {
    // By the time of a failure, nobody may be waiting for it.
    this.#run ??= this.#instance.run(this.#stopping.signal).catch((error: unknown) => {
      reportFailure('Taking part in elections', this.#logger, error);
    });
    await this.#testBackend?.started(() => this.stop());
  }

  /** Steps down everywhere; resolves when the duties have stopped, the locks are released and the connection closed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#run;
    this.#closed.abort();
  }
}

/** Tells those that are partitions of a set which of them they are. */
function numbered(elections: readonly ResolvedElection[]): readonly ResolvedElection[] {
  const numbers = new Map(
    partitionSetsAmong(elections.map(({ name }) => name)).flatMap((set) =>
      [...set].map((name, partition) => [name, partition] as const),
    ),
  );
  return elections.map((election) => ({ ...election, partition: numbers.get(election.name) }));
}

/** An election is used that the module was not told about. Thrown at start. */
export class UnknownElectionError extends Error {
  override readonly name = 'UnknownElectionError';

  constructor(
    /** The name that nobody declared; that of the set, where it was declared with more partitions. */
    readonly election: string,
    /** The names that the option `elections` declares. */
    readonly declared: readonly string[],
    /** Where it is used, such as `@LeaderOnly('billing') on ReportsService.send`. */
    readonly usedIn: string,
    /** The set of partitions that is used there, if it is one. */
    readonly partitions?: PartitionSet,
  ) {
    const what = partitions ? ofPartitions(election, partitions) : `election "${election}"`;
    super(
      `${usedIn}: there is no ${what}. Declared are ${namesInShort(declared)}; ` +
        remedy(declared, partitions),
    );
  }
}

function ofPartitions(election: string, set: PartitionSet): string {
  return election === set.name
    ? String(set)
    : `election "${election}", which is one of ${String(set)}`;
}

function remedy(declared: readonly string[], set: PartitionSet | undefined): string {
  const other = set && partitionSetsAmong(declared).find(({ name }) => name === set.name);
  if (other)
    return 'give both the same count, since a key belongs to another partition where that differs';
  return `add ${set ? `...${String(set)}` : 'it'} to the option \`elections\` of LeaderElectionModule`;
}
