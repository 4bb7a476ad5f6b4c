/**
 * The elector without Nest, in the shape of the Go package that this library reimagines.
 */
import { inBackground } from './common/background.js';
import { guarded, silentLogger, type ElectionLogger } from './common/logger.js';
import { createElections } from './create-elections.js';
import { RunningWork } from './duties/running-work.js';
import { InvalidOptionError } from './invalid-option.error.js';
import type { Duties } from './model/election-setup.js';
import type { LeaderInfo, Role } from './model/instance-report.js';
import type { Leadership, LossReason } from './model/leadership.js';
import type { ElectionOptions, InstanceOptions } from './options.js';
import { resolveOptions } from './resolve-options.js';

/** Options of an {@link Elector}. */
export interface ElectorOptions extends InstanceOptions {
  /**
   * The election's name. Give this or `lockKey`.
   * @default 'default'
   */
  readonly name?: string | undefined;
  /** A signed 64-bit advisory lock key in place of the one made from the name. */
  readonly lockKey?: bigint | undefined;
  /**
   * Called in the background when this instance is elected; `leadership.signal` aborts when the leadership is lost.
   * Rejecting while leading means that this instance can't lead: it steps down and does not contend for a while.
   */
  readonly onElected: (leadership: Leadership) => unknown;
  /**
   * Called when the leadership is lost, at once, also while `onElected` is under way; and awaited together with that, for up
   * to `stopTimeout`: it stops the duties and returns when they have really stopped; only then is the lock released. Called
   * once for each `onElected`.
   */
  readonly onDemoted?: ((reason: LossReason) => unknown) | undefined;
  /**
   * Where the elector says what happens.
   * @default silent
   */
  readonly logger?: ElectionLogger | undefined;
}

const ELECTOR_OPTIONS = [
  'name',
  'lockKey',
  'onElected',
  'onDemoted',
  'logger',
] as const satisfies readonly (keyof ElectorOptions)[];

/** Takes part in one election. */
export class Elector {
  readonly #assembly: ReturnType<typeof createElections>;
  #running = false;

  /**
   * @throws {@link InvalidOptionError} when an option can't be used
   */
  constructor(options: ElectorOptions) {
    const { name = 'default', lockKey, onElected, onDemoted, logger = silentLogger } = options;
    if (typeof onElected !== 'function')
      throw new InvalidOptionError('onElected', onElected, 'a function');
    if (onDemoted !== undefined && typeof onDemoted !== 'function') {
      throw new InvalidOptionError('onDemoted', onDemoted, 'a function');
    }
    const election: ElectionOptions = { name, ...(lockKey !== undefined && { lockKey }) };
    const resolved = resolveOptions(options, { elections: [election], others: ELECTOR_OPTIONS });
    this.#assembly = createElections(resolved, logger, () =>
      callbacks(onElected, onDemoted, guarded(logger)),
    );
  }

  /** True only while the lease is confirmed, at the instant of the read. */
  get isLeader(): boolean {
    return this.#election.isLeader;
  }

  /** The current term, if it is ours and the lease is confirmed at the instant of the read. */
  get leadership(): Leadership | undefined {
    return this.#election.leadership;
  }

  /** What this instance is in the election. */
  get role(): Role {
    return this.#election.role;
  }

  /** Who leads, as far as this instance knows. */
  get leader(): LeaderInfo | undefined {
    return this.#election.leader;
  }

  /**
   * Takes part until `signal` aborts; resolves when the duties have stopped, the lock is released and the connection
   * closed.
   *
   * @throws Error when it is running already
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running)
      throw new Error(
        'This elector is running already; make another for another run at the same time',
      );
    this.#running = true;
    try {
      await this.#assembly.instance.run(signal);
    } finally {
      this.#running = false;
    }
  }

  get #election() {
    const [election] = this.#assembly.elections;
    if (!election) throw new Error('An elector has one election');
    return election;
  }
}

/** The Go package's two functions as the duties of an election. */
function callbacks(
  onElected: ElectorOptions['onElected'],
  onDemoted: ElectorOptions['onDemoted'],
  logger: ElectionLogger,
): Duties {
  const work = new RunningWork();
  /** Those of which `onElected` was called. */
  const started = new WeakSet<Leadership>();
  return {
    start(leadership) {
      started.add(leadership); // Before the call, which may itself end the leadership.
      return work.run('onElected', leadership, async () => void (await onElected(leadership)));
    },
    // Both at once: an `onElected` may run for as long as the leadership lasts.
    async stop(leadership, reason) {
      if (!started.has(leadership)) return; // The leadership was lost before its duties began.
      inBackground('onDemoted', logger, () =>
        work.run('onDemoted', leadership, async () => onDemoted?.(reason)),
      );
      await work.settled(leadership);
    },
    unfinished: (leadership) => work.namesOf(leadership),
  };
}
