import { Injectable, Logger } from '@nestjs/common';
import { guarded } from '../core/common/logger.js';
import { messageOf } from '../core/common/thrown.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { ApplicationScheduler } from '../scheduling/application-scheduler.js';
import type { LeaderJob, ScheduledMethod, SchedulerSetup } from '../scheduling/leader-job.js';
import { LeaderCronJob } from '../scheduling/leader-cron-job.js';
import { LeaderTimer } from '../scheduling/leader-timer.js';
import type { SchedulerRegistry } from '../scheduling/scheduler.js';
import { LeaderOnlyExplorer, type FoundJob } from './leader-only.explorer.js';

/**
 * Puts the leader-only jobs into the application's scheduler, where they run only while this instance leads.
 *
 * @internal
 */
@Injectable()
export class LeaderOnlyJobs {
  readonly #logger = guarded(new Logger('LeaderElection'));
  readonly #scheduler: ApplicationScheduler;
  readonly #explorer: LeaderOnlyExplorer;

  constructor(scheduler: ApplicationScheduler, explorer: LeaderOnlyExplorer) {
    this.#scheduler = scheduler;
    this.#explorer = explorer;
  }

  /**
   * Mounts every job, inactive.
   *
   * @throws LeaderOnlyUsageError when a name is taken, or a job would never run
   */
  mount(): void {
    const all = [...this.#explorer.jobs.values()].flat();
    const CronJob = this.#scheduler.takeCronJobClass();
    const { enabled, registry } = this.#scheduler;
    if (!registry) return; // Then there are no jobs.
    for (const [{ duties }, jobs] of this.#explorer.jobs) {
      const mounted = jobs
        .filter(({ schedule }) => enabled[schedule.type])
        .map((job) => {
          refuseTakenName(job, all, registry);
          return mountOrRefuse(job, { registry, CronJob, logger: this.#logger });
        });
      duties.assignJobs(mounted);
    }
  }
}

/** Puts a leader-only method into the scheduler, where it runs only while this instance leads. */
function mountJob(method: ScheduledMethod, setup: SchedulerSetup): LeaderJob {
  const { schedule } = method;
  if (schedule.type === 'cron') return new LeaderCronJob(method, schedule.options, setup);
  return new LeaderTimer(method, schedule.type, schedule.milliseconds, setup);
}

/** As the scheduler itself, which can't name the method. */
function mountOrRefuse(job: FoundJob, setup: SchedulerSetup): LeaderJob {
  try {
    return mountJob(job, setup);
  } catch (error) {
    const { schedule } = job;
    const given = schedule.type === 'cron' ? JSON.stringify(schedule.options.cronTime) : '';
    throw new LeaderOnlyUsageError(
      `${job.method}: @Cron(${given}) can't be scheduled: ${messageOf(error)}; correct what @Cron() is given, or remove it`,
      { cause: error },
    );
  }
}

/** The scheduler has one job of a name; whatever else has the name stands in the registry by now. */
function refuseTakenName(
  job: FoundJob,
  all: readonly FoundJob[],
  registry: SchedulerRegistry,
): void {
  const { type } = job.schedule;
  const isTaken =
    registry.doesExist(type, job.name) ||
    all.some((other) => other !== job && other.schedule.type === type && other.name === job.name);
  if (!isTaken) return;
  throw new LeaderOnlyUsageError(
    `${job.method}: another ${type} is named "${job.name}"; give each a name of its own, or none ` +
      '(a class that two modules provide exists twice, and so do its jobs)',
  );
}
