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
 * Registers the leader-only jobs with the application's scheduler. They run only while this instance leads.
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
   * @throws LeaderOnlyUsageError if a name is taken, or a job would never run
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

/** Registers a leader-only method with the scheduler. It runs only while this instance leads. */
function mountJob(method: ScheduledMethod, setup: SchedulerSetup): LeaderJob {
  const { schedule } = method;
  if (schedule.type === 'cron') return new LeaderCronJob(method, schedule.options, setup);
  return new LeaderTimer(method, schedule.type, schedule.milliseconds, setup);
}

/** Refuses what the scheduler itself refuses, but names the method. */
function mountOrRefuse(job: FoundJob, setup: SchedulerSetup): LeaderJob {
  try {
    return mountJob(job, setup);
  } catch (error) {
    const { schedule } = job;
    const given = schedule.type === 'cron' ? JSON.stringify(schedule.options.cronTime) : '';
    throw new LeaderOnlyUsageError(
      `${job.method}: @Cron(${given}) can't be scheduled: ${messageOf(error)}; correct the arguments of @Cron(), ` +
        'or remove it',
      { cause: error },
    );
  }
}

/** The scheduler allows one job per name. Any other job of the name is in the registry by now. */
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
    `${job.method}: another ${type} is named "${job.name}"; give each a unique name, or none ` +
      '(if two modules provide a class, each of its jobs exists twice)',
  );
}
