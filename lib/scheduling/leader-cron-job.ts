import { inBackground } from '../core/common/background.js';
import { stackOf, stringOf } from '../core/common/thrown.js';
import type { JobTerm, ScheduledMethod, SchedulerSetup, LeaderJob } from './leader-job.js';
import { firstTickAfter, makeCronJob, refuseNever, type CronJob } from './scheduler.js';

/**
 * A cron job that is always registered, and active while this instance leads. `LeaderOnlyJobs` creates it when the
 * application starts, and `ElectionDuties` starts and stops it.
 */
export class LeaderCronJob implements LeaderJob {
  readonly name: string;
  readonly #job: CronJob;
  readonly #setup: SchedulerSetup;
  readonly #catchesUp: boolean;
  /** False if the application starts the job itself (`disabled`), or the delay is negative, as in the scheduler. */
  readonly #enabled: boolean;
  /** Whether it runs at its creation (`runOnInit`), which on a leader means: at the beginning of a term. */
  readonly #runsAtOnce: boolean;
  /** The earliest start, no matter which instance leads then (`initialDelay`). */
  readonly #startsAt: number;
  #delay: NodeJS.Timeout | undefined;
  #heartbeatNow: () => void = () => undefined;

  /** @throws Error with one sentence, if the job would never run */
  constructor(
    method: ScheduledMethod,
    options: Readonly<Record<string, unknown>>,
    setup: SchedulerSetup,
  ) {
    const { disabled, initialDelay, runOnInit, ...cron } = options;
    const delay = Number(initialDelay ?? 0);
    this.name = method.name;
    this.#setup = setup;
    this.#enabled = !disabled && !(delay < 0);
    this.#runsAtOnce = Boolean(runOnInit);
    this.#catchesUp = method.catchUp && this.#enabled;
    this.#startsAt = performance.now() + delay;
    this.#job = makeCronJob(setup.CronJob, {
      ...cron,
      name: method.name,
      onTick: (...args: unknown[]) => this.#tick(method, args),
      start: false,
    });
    if (this.#enabled) refuseNever(this.#job);
    setup.registry.addCronJob(method.name, this.#job);
  }

  start(term: JobTerm): void {
    const { predecessorSeenAt, since } = term;
    this.#heartbeatNow = () => {
      term.heartbeatNow();
    };
    if (this.#runsAtOnce && this.#isRegistered) this.#runNow();
    if (!this.#enabled) return;
    const delay = this.#startsAt - performance.now();
    // A tick that was due during `onElected` counts as missed, one that was due during the initial delay does not.
    if (delay <= 0) this.#start(predecessorSeenAt ?? since);
    else
      this.#delay = setTimeout(() => {
        this.#start(predecessorSeenAt);
      }, delay);
  }

  stop(): void {
    clearTimeout(this.#delay);
    this.#inBackground(() => this.#job.stop());
  }

  nextDue(seenAt: number): number | undefined {
    if (!this.#catchesUp) return undefined;
    return firstTickAfter(this.#job, seenAt);
  }

  /** Never rejects. Logs what a handler throws, as the scheduler does for its own jobs. */
  async #tick(method: ScheduledMethod, args: readonly unknown[]): Promise<void> {
    try {
      // So that no new leader runs this tick again if this one is gone before its next heartbeat.
      if (method.catchUp) this.#heartbeatNow();
      await method.call(...args);
    } catch (error) {
      this.#setup.logger.error(`${method.name} failed: ${stringOf(error)}`, stackOf(error));
    }
  }

  /** @param uncoveredSince since when no leader has run this job's ticks, if known */
  #start(uncoveredSince: Date | undefined): void {
    const { logger } = this.#setup;
    if (!this.#isRegistered) return;
    const missed = uncoveredSince && this.nextDue(uncoveredSince.getTime());
    if (missed !== undefined && missed <= Date.now() && !this.#runsAtOnce) this.#runNow();
    try {
      this.#job.start();
    } catch (error) {
      // The package `cron` refuses a date that has passed, but only after it has marked the job as active.
      this.#inBackground(() => this.#job.stop());
      logger.warn(`Could not start the leader-only cron job "${this.name}": ${stringOf(error)}`);
    }
  }

  /** The application may have deleted or replaced the job. */
  get #isRegistered(): boolean {
    const { registry } = this.#setup;
    return registry.doesExist('cron', this.name) && registry.getCronJob(this.name) === this.#job;
  }

  #runNow(): void {
    this.#job.lastExecution = new Date(); // As a tick does.
    this.#inBackground(() => this.#job.fireOnTick());
  }

  /** The package `cron` calls code that the application has added to the job, as with `addCallback()`. */
  #inBackground(call: () => unknown): void {
    inBackground(this.name, this.#setup.logger, call);
  }
}
