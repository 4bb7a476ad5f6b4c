import { createRequire } from 'node:module';

/** What is used of a `CronJob` of the package `cron`. */
export interface CronJob {
  readonly isActive: boolean;
  start(): void;
  stop(): unknown;
  /** Runs the handler now, as a tick would. */
  fireOnTick(): unknown;
  readonly cronTime: {
    /** The one moment of a job that was given a date instead of an expression. */
    readonly realDate: boolean;
    readonly source: unknown;
    /** The next tick, in the job's time zone. */
    sendAt(): { readonly zoneName: string };
    getNextDateFrom(start: Date, timeZone: string): { toMillis(): number };
  };
}

/** What is used of @nestjs/schedule's `SchedulerRegistry`. */
export interface SchedulerRegistry {
  doesExist(type: 'cron' | 'interval' | 'timeout', name: string): boolean;
  getCronJob(name: string): CronJob;
  addCronJob(name: string, job: CronJob): void;
  getInterval(name: string): unknown;
  addInterval(name: string, interval: unknown): void;
  deleteInterval(name: string): void;
  getTimeout(name: string): unknown;
  addTimeout(name: string, timeout: unknown): void;
  deleteTimeout(name: string): void;
}

type CronJobClass = { from(params: Readonly<Record<string, unknown>>): CronJob };

/**
 * The `CronJob` that @nestjs/schedule itself makes its jobs with. It is a dependency of that package and not of ours, so
 * it is resolved from there.
 *
 * @internal
 */
export function makeCronJob(params: Readonly<Record<string, unknown>>): CronJob {
  const require = createRequire(import.meta.url);
  const { CronJob } = createRequire(require.resolve('@nestjs/schedule'))('cron') as {
    CronJob: CronJobClass;
  };
  return CronJob.from(params);
}
