import { messageOf } from '../core/common/thrown.js';

/** The part of a `CronJob` of the package `cron` used here. */
export interface CronJob {
  readonly isActive: boolean;
  /** When it last began to run by itself. */
  lastExecution: Date | null;
  start(): void;
  stop(): Promise<void> | void;
  /** Runs the handler now, as a tick would. */
  fireOnTick(): Promise<void>;
  readonly cronTime: {
    /** Whether the job has a date instead of an expression. */
    readonly realDate: boolean;
    readonly source: unknown;
    /**
     * The next tick, in the job's time zone.
     *
     * @throws Error if the date has passed, or no date in the next eight years matches the expression
     */
    sendAt(): { readonly zoneName: string; toMillis(): number };
    /** @throws Error if there is none in the next eight years, or `start` is not a date of the years 1000 to 9999 */
    getNextDateFrom(start: Date, timeZone: string): { toMillis(): number };
  };
}

/** The part of @nestjs/schedule's `SchedulerRegistry` used here. */
export interface SchedulerRegistry {
  doesExist(type: 'cron' | 'interval' | 'timeout', name: string): boolean;
  getCronJob(name: string): CronJob;
  addCronJob(name: string, job: CronJob): void;
  deleteCronJob(name: string): void;
  getInterval(name: string): unknown;
  addInterval(name: string, interval: unknown): void;
  deleteInterval(name: string): void;
  getTimeout(name: string): unknown;
  addTimeout(name: string, timeout: unknown): void;
  deleteTimeout(name: string): void;
}

/** The class `CronJob` of the package `cron`. */
export type CronJobClass = { from(params: Readonly<Record<string, unknown>>): CronJob };

/** The first tick of a job after a moment, both in milliseconds of the wall clock. Undefined if it is not known. */
export function firstTickAfter({ cronTime }: CronJob, moment: number): number | undefined {
  let tick: number;
  try {
    tick = cronTime.realDate
      ? Number(cronTime.source)
      : cronTime.getNextDateFrom(new Date(moment), cronTime.sendAt().zoneName).toMillis();
  } catch {
    return undefined;
  }
  return tick > moment ? tick : undefined;
}

/**
 * @throws Error with one sentence, if the package `cron` does not understand the parameters
 * @internal
 */
export function makeCronJob(
  CronJob: CronJobClass | undefined,
  params: Readonly<Record<string, unknown>>,
): CronJob {
  if (!CronJob) throw new Error('the scheduler of the application has created no cron jobs');
  try {
    return CronJob.from(params);
  } catch (error) {
    throw new Error(sentenceOf(error), { cause: error });
  }
}

/**
 * Otherwise, the scheduler would notice when it starts the job. A date that has passed is not a mistake: code outlives
 * it.
 *
 * @throws Error with one sentence, if a job would never run
 * @internal
 */
export function refuseNever({ cronTime }: CronJob): void {
  if (cronTime.realDate) {
    if (Number.isNaN(Number(cronTime.source))) throw new Error('the date is invalid');
    return;
  }
  try {
    cronTime.sendAt();
  } catch (error) {
    const never = messageOf(error).includes('No execution date was found');
    const sentence = never ? 'no date in the next eight years matches' : sentenceOf(error);
    throw new Error(sentence, { cause: error });
  }
}

/** The first line of an error of the package `cron`, without the prefix `ERROR: ` and the full stop. */
function sentenceOf(error: unknown): string {
  const [line = ''] = messageOf(error).split('\n');
  return line.replace(/^ERROR: /, '').replace(/\.$/, '');
}
