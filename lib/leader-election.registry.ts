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

/** An election of this application: the service that classes inject, and the duties that start and stop with it. */
export interface RegisteredElection {
  readonly service: LeaderElectionService;
  readonly duties: ElectionDuties;
  /** The name of this instance. */
  readonly instanceId: string;
  /** After how many seconds a caller that was refused by a standby should retry. */
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
  /** Where jobs run that have neither `@LeaderOnly()` nor `@EveryInstance()`. */
  readonly scheduledJobs: 'every-instance' | 'leader-only';
  readonly #instance: Instance;
  readonly #testBackend: TestBackend | undefined;
  readonly #stopping = new AbortController();
  readonly #closed = new AbortController();
  readonly #logger = guarded(new Logger('LeaderElection'));
  #run: Promise<void> | undefined;

  /** @throws InvalidOptionError if an option is invalid */
  constructor(
    @Inject(LEADER_ELECTION_OPTIONS) options: LeaderElectionModuleOptions,
    @Optional() testBackend?: TestBackend,
  ) {
    // In a test, `useMocker()` mocks everything that is not provided, including optional dependencies.
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
    // Every subscriber of every election adds a listener.
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

  /** Whether the object has been constructed: at first, Nest creates it from the prototype alone. */
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

  /** The sets of partitions among the elections of this application, recognised by their names. */
  get partitionSets(): readonly PartitionSet[] {
    return partitionSetsAmong(this.#elections.keys());
  }

  /** Whether this application declares exactly these partitions. */
  declares(set: PartitionSet): boolean {
    return this.partitionSets.some(({ name, count }) => name === set.name && count === set.count);
  }

  /**
   * The elections of all partitions of a set, in the order of their numbers.
   *
   * @throws UnknownElectionError, which names `usedIn`, if the set is not declared, or has another count
   */
  allOf(set: PartitionSet, usedIn: string): readonly RegisteredElection[] {
    if (!this.declares(set)) {
      const declared = [...this.#elections.keys()];
      const missing = [...set].find((name) => !this.#elections.has(name)) ?? set.name;
      throw new UnknownElectionError(missing, declared, usedIn, set);
    }
    return [...set].map((name) => this.get(name, usedIn));
  }

  /** Joins the elections. An unreachable database does not prevent the application from starting. */
  async start(): Promise<void> {
    // Logged here, since no caller may be waiting when it fails.
    this.#run ??= this.#instance.run(this.#stopping.signal).catch((error: unknown) => {
      reportFailure('Running the elections', this.#logger, error);
    });
    await this.#testBackend?.started(() => this.stop());
  }

  /** Ends all leaderships. Resolves when duties have stopped, locks are released and the connection is closed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#run;
    this.#closed.abort();
  }
}

/** Adds its partition number to each election that belongs to a set of partitions. */
function numbered(elections: readonly ResolvedElection[]): readonly ResolvedElection[] {
  const numbers = new Map(
    partitionSetsAmong(elections.map(({ name }) => name)).flatMap((set) =>
      [...set].map((name, partition) => [name, partition] as const),
    ),
  );
  return elections.map((election) => ({ ...election, partition: numbers.get(election.name) }));
}

/** The application uses an election or a set of partitions that the module does not declare. Thrown at start. */
export class UnknownElectionError extends Error {
  override readonly name = 'UnknownElectionError';

  constructor(
    /** The name that is not declared; the name of the set if it is declared with more partitions. */
    readonly election: string,
    /** The names in the option `elections`. */
    readonly declared: readonly string[],
    /** Where it is used, such as `@LeaderOnly('billing') on ReportsService.send`. */
    readonly usedIn: string,
    /** The set of partitions, if one is used there. */
    readonly partitions?: PartitionSet,
  ) {
    const what = partitions ? ofPartitions(election, partitions) : `election "${election}"`;
    super(
      `${usedIn}: ${what} is not declared. Declared elections: ${namesInShort(declared)}; ` +
        remedy(declared, partitions),
    );
  }
}

function ofPartitions(election: string, set: PartitionSet): string {
  return election === set.name ? String(set) : `election "${election}" of ${String(set)}`;
}

function remedy(declared: readonly string[], set: PartitionSet | undefined): string {
  const other = set && partitionSetsAmong(declared).find(({ name }) => name === set.name);
  if (other)
    return 'use the same count in both places, because the count determines the partition of a key';
  return `add ${set ? `...${String(set)}` : 'it'} to the option \`elections\` of LeaderElectionModule`;
}
