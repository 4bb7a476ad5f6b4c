import { inBackground } from '../core/common/background.js';
import type { ElectionLogger } from '../core/common/logger.js';
import { stackOf, stringOf } from '../core/common/thrown.js';
import { RunningWork } from '../core/duties/running-work.js';
import type { Duties } from '../core/model/election-setup.js';
import type { Leadership, LossReason } from '../core/model/leadership.js';
import { systemClock, type Clock } from '../core/time/clock.js';
import type { LeaderJob } from '../scheduling/leader-job.js';
import { LeaderHooks, type HookedProvider } from './leader-hooks.js';

/** The duties of one election in a Nest application: hooks, then jobs, and running handlers. */
export class ElectionDuties implements Duties {
  readonly work = new RunningWork();
  readonly #logger: ElectionLogger;
  readonly #clock: Clock;
  #hooks: LeaderHooks;
  #jobs: readonly LeaderJob[] = [];

  constructor(logger: ElectionLogger, clock: Clock = systemClock) {
    this.#logger = logger;
    this.#clock = clock;
    this.#hooks = this.#hooksOf([]);
  }

  /** Sets the providers with hooks that were found in the application. Call it before the election starts. */
  assignHooks(providers: readonly HookedProvider[]): void {
    this.#hooks = this.#hooksOf(providers);
  }

  /** Sets the jobs that were found in the application. Call it before the election starts. */
  assignJobs(jobs: readonly LeaderJob[]): void {
    this.#jobs = jobs;
  }

  /** Starts the jobs after the hooks, which may set up what the jobs need. */
  async start(leadership: Leadership, heartbeatNow: () => void): Promise<void> {
    await this.#hooks.elected(
      leadership,
      this.#jobs.map(({ name }) => name),
    );
    if (leadership.signal.aborted) return;
    const { predecessorSeenAt, since } = leadership;
    for (const job of this.#jobs) job.start({ predecessorSeenAt, since, heartbeatNow });
  }

  nextDue(seenAt: number): number | undefined {
    const dues = this.#jobs.flatMap((job) => job.nextDue?.(seenAt) ?? []);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  async stop(leadership: Leadership, reason: LossReason, hurry: AbortSignal): Promise<void> {
    for (const job of this.#jobs) this.#stopJob(job);
    await Promise.all([
      this.#hooks.demoted(leadership, reason, hurry),
      this.work.settled(leadership),
    ]);
  }

  /** Runs work that only a demotion waits for, and logs what it throws. */
  runInBackground(name: string, leadership: Leadership, work: () => unknown): void {
    inBackground(name, this.#logger, () => this.work.run(name, leadership, work));
  }

  unfinished(leadership: Leadership): readonly string[] {
    return this.work.namesOf(leadership);
  }

  /** The scheduler belongs to the application: even if it throws, the hooks must be called. */
  #stopJob(job: LeaderJob): void {
    try {
      job.stop();
    } catch (error) {
      this.#logger.error(`Stopping a leader-only job failed: ${stringOf(error)}`, stackOf(error));
    }
  }

  #hooksOf(providers: readonly HookedProvider[]): LeaderHooks {
    return new LeaderHooks(providers, {
      work: this.work,
      logger: this.#logger,
      clock: this.#clock,
    });
  }
}
