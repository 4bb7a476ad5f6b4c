import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { scheduleCron, type Schedule } from './schedule-metadata.js';
import type { CronJobClass, SchedulerRegistry } from './scheduler.js';

/** The token of what `ScheduleModule.forRoot()` was given. */
const OPTIONS = 'SCHEDULE_MODULE_OPTIONS';

/** The name of a cron job that never runs. */
const SPECIMEN = 'nestjs-leader-election specimen';

/**
 * The scheduler that `ScheduleModule.forRoot()` of @nestjs/schedule has put into the application. Nothing is imported from that
 * package: it is optional, and the application's copy need not be the one that we would import.
 *
 * @internal
 */
@Injectable()
export class ApplicationScheduler {
  readonly #discovery: DiscoveryService;

  constructor(discovery: DiscoveryService) {
    this.#discovery = discovery;
  }

  /** Undefined where the application has no scheduler. Known by its methods: a bundler may have changed its name. */
  get registry(): SchedulerRegistry | undefined {
    const instances = this.#discovery.getProviders().map(({ instance }) => instance as unknown);
    return instances.find(isSchedulerRegistry);
  }

  /** `ScheduleModule.forRoot({ cronJobs: false, … })` switches kinds of schedules off. */
  get enabled(): Readonly<Record<Schedule['type'], boolean>> {
    const provider = this.#discovery.getProviders().find(({ token }) => token === OPTIONS);
    const options = provider?.instance as
      { cronJobs?: boolean; intervals?: boolean; timeouts?: boolean } | undefined;
    return {
      cron: options?.cronJobs !== false,
      interval: options?.intervals !== false,
      timeout: options?.timeouts !== false,
    };
  }

  /**
   * The class of the scheduler's cron jobs: of one that the scheduler has made of {@link specimen}, as of every method with
   * `@Cron()`. So the package `cron` is the scheduler's own, wherever a package manager or a bundler has put it.
   *
   * To be taken once, when the scheduler has made its jobs; undefined where it makes no cron jobs.
   */
  takeCronJobClass(): CronJobClass | undefined {
    const { registry } = this;
    if (!registry?.doesExist('cron', SPECIMEN)) return undefined;
    const specimen = registry.getCronJob(SPECIMEN);
    registry.deleteCronJob(SPECIMEN);
    return specimen.constructor as unknown as CronJobClass;
  }

  /** Never called. */
  specimen(this: void): void {
    // See takeCronJobClass().
  }
}

scheduleCron(ApplicationScheduler.prototype.specimen, {
  name: SPECIMEN,
  cronTime: '0 0 1 1 *',
  disabled: true,
});

const REGISTRY_METHODS = ['doesExist', 'getCronJob', 'addCronJob', 'addInterval', 'addTimeout'];

function isSchedulerRegistry(instance: unknown): instance is SchedulerRegistry {
  if (typeof instance !== 'object' || instance === null) return false;
  return REGISTRY_METHODS.every(
    (name) => typeof (instance as Readonly<Record<string, unknown>>)[name] === 'function',
  );
}
