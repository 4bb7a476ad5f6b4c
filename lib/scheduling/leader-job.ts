import type { ElectionLogger } from '../core/common/logger.js';
import type { Schedule } from './schedule-metadata.js';
import type { CronJobClass, SchedulerRegistry } from './scheduler.js';

/** Something that runs while this instance leads. Its methods return at once and do not throw. */
export interface LeaderJob {
  /** The name in the `SchedulerRegistry`. */
  readonly name: string;
  start(term: JobTerm): void;
  stop(): void;
  /** Where a successor catches up on it: when it is due for the first time after `seenAt`, in wall clock milliseconds. */
  nextDue?(seenAt: number): number | undefined;
}

/** What a job needs to know of the term in which it is started. */
export interface JobTerm {
  /** When the previous leader was last known to be alive. */
  readonly predecessorSeenAt: Date | undefined;
  /** When the term began; hooks may have run for long since then. */
  readonly since: Date;
  /** Lets the others know that this leader is alive. */
  heartbeatNow(): void;
}

/** A leader-only method with a schedule. */
export interface ScheduledMethod {
  /** The name in the `SchedulerRegistry`. */
  readonly name: string;
  readonly schedule: Schedule;
  /** Whether a new leader runs a tick of a cron job that fell between its predecessor's end and its own election. */
  readonly catchUp: boolean;
  /** Calls the method while this instance leads, with what the package `cron` gives to its handlers; otherwise does nothing. */
  call(...args: readonly unknown[]): unknown;
}

/** @internal */
export interface SchedulerSetup {
  readonly registry: SchedulerRegistry;
  /** The class of the cron jobs that the application's scheduler makes, where it makes any. */
  readonly CronJob: CronJobClass | undefined;
  readonly logger: ElectionLogger;
}
