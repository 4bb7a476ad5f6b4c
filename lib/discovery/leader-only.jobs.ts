import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Schedule } from '../scheduling/schedule-metadata.js';
import { mountJob } from '../scheduling/leader-timer.js';
import type { SchedulerRegistry } from '../scheduling/scheduler.js';
import { guarded } from '../core/common/logger.js';
import { messageOf } from '../core/common/thrown.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { LeaderOnlyExplorer, type FoundJob } from './leader-only.explorer.js';
import type { LeaderJob, SchedulerSetup } from '../scheduling/leader-job.js';

/**
 * Puts the leader-only jobs into the application's scheduler, where they run only while this instance leads.
 *
 * @internal
 */
@Injectable()
export class LeaderOnlyJobs {
  readonly #logger = guarded(new Logger('LeaderElection'));
  readonly #discovery: DiscoveryService;
  readonly #explorer: LeaderOnlyExplorer;

  constructor(discovery: DiscoveryService, explorer: LeaderOnlyExplorer) {
    this.#discovery = discovery;
    this.#explorer = explorer;
  }

  /**
   * Mounts every job, inactive.
   *
   * @throws LeaderOnlyUsageError when there is no scheduler, a name is taken, or a job would never run
   */
  mount(): void {
    const all = [...this.#explorer.jobs.values()].flat();
    if (all.length === 0) return;
    const registry = this.#schedulerRegistry(all);
    const enabled = this.#enabledSchedules();
    for (const [{ duties }, jobs] of this.#explorer.jobs) {
      const mounted = jobs
        .filter(({ schedule }) => enabled[schedule.type])
        .map((job) => {
          refuseTakenName(job, all, registry);
          return mountOrRefuse(job, { registry, logger: this.#logger });
        });
      duties.assignJobs(mounted);
    }
  }

  #schedulerRegistry(jobs: readonly FoundJob[]): SchedulerRegistry {
    const registry = this.#provider('SchedulerRegistry') as SchedulerRegistry | undefined;
    if (registry) return registry;
    throw new LeaderOnlyUsageError(
      `${jobs.map(({ name }) => name).join(', ')}: scheduled and leader-only, but there is no scheduler; add ` +
        'ScheduleModule.forRoot() of @nestjs/schedule to the imports of a module',
    );
  }

  /** `ScheduleModule.forRoot({ cronJobs: false, … })` switches kinds of schedules off. */
  #enabledSchedules(): Readonly<Record<Schedule['type'], boolean>> {
    const options = this.#provider('SCHEDULE_MODULE_OPTIONS') as
      { cronJobs?: boolean; intervals?: boolean; timeouts?: boolean } | undefined;
    return {
      cron: options?.cronJobs !== false,
      interval: options?.intervals !== false,
      timeout: options?.timeouts !== false,
    };
  }

  /** By name, not by class: the application's copy of @nestjs/schedule need not be the one that we would import. */
  #provider(name: string): unknown {
    return this.#discovery.getProviders().find((wrapper) => wrapper.name === name)
      ?.instance as unknown;
  }
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
