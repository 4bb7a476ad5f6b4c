/**
 * The elector without Nest. Its API follows the Go package that this library reimagines.
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
   * The name of the election, 1 to 200 characters.
   * @default 'default'
   */
  readonly name?: string | undefined;
  /** A signed 64-bit advisory lock key that replaces the one derived from `name`. */
  readonly lockKey?: bigint | undefined;
  /**
   * Called in the background when this instance is elected. `leadership.signal` aborts when the leadership ends.
   * If it throws or rejects while this instance leads, the instance steps down and does not contend for a while.
   */
  readonly onElected: (leadership: Leadership) => unknown;
  /**
   * Called as soon as the leadership ends, even while `onElected` is still running. It must stop the duties and resolve
   * when they have stopped. The lock is released when both callbacks have settled, or after `stopTimeout`. Called once
   * for each call of `onElected`.
   */
  readonly onDemoted?: ((reason: LossReason) => unknown) | undefined;
  /**
   * Receives the log lines.
   * @default no log
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

/** Takes part in one election, without Nest. */
export class Elector {
  readonly #assembly: ReturnType<typeof createElections>;
  #running = false;

  /**
   * @throws {@link InvalidOptionError} when an option is invalid
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

  /** Whether this instance leads with a confirmed lease at the time of the call. */
  get isLeader(): boolean {
    return this.#election.isLeader;
  }

  /** The current leadership; undefined unless `isLeader` is true. */
  get leadership(): Leadership | undefined {
    return this.#election.leadership;
  }

  /** The role of this instance in the election. */
  get role(): Role {
    return this.#election.role;
  }

  /** The current leader; undefined if it is unknown to this instance. */
  get leader(): LeaderInfo | undefined {
    return this.#election.leader;
  }

  /**
   * Takes part in the election until `signal` aborts. Resolves when the duties have stopped, the lock is released and
   * the connection is closed.
   *
   * @throws Error when this elector is already running
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running)
      throw new Error(
        'This elector is already running; create another one to run both at the same time',
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

/** Adapts the two callbacks to the duties of an election. */
function callbacks(
  onElected: ElectorOptions['onElected'],
  onDemoted: ElectorOptions['onDemoted'],
  logger: ElectionLogger,
): Duties {
  const work = new RunningWork();
  /** The leaderships for which `onElected` was called. */
  const started = new WeakSet<Leadership>();
  return {
    start(leadership) {
      started.add(leadership); // Before the call, which may end the leadership.
      return work.run('onElected', leadership, async () => void (await onElected(leadership)));
    },
    // In parallel: `onElected` may run as long as the leadership lasts.
    async stop(leadership, reason) {
      if (!started.has(leadership)) return; // The leadership ended before its duties started.
      inBackground('onDemoted', logger, () =>
        work.run('onDemoted', leadership, async () => onDemoted?.(reason)),
      );
      await work.settled(leadership);
    },
    unfinished: (leadership) => work.namesOf(leadership),
  };
}
