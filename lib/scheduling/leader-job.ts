import type { ElectionLogger } from '../core/common/logger.js';
import type { Schedule } from './schedule-metadata.js';
import type { CronJobClass, SchedulerRegistry } from './scheduler.js';

/** Something that runs while this instance leads. Its methods return at once and do not throw. */
export interface LeaderJob {
  /** The name in the `SchedulerRegistry`. */
  readonly name: string;
  start(term: JobTerm): void;
  stop(): void;
  /** If a successor catches up on it: the time of the first tick after `seenAt`, in milliseconds of the wall clock. */
  nextDue?(seenAt: number): number | undefined;
}

/** What a job needs to know about the term in which it is started. */
export interface JobTerm {
  /** When the previous leader was last known to be alive. */
  readonly predecessorSeenAt: Date | undefined;
  /** When the term began. Hooks may have taken a long time since then. */
  readonly since: Date;
  /** Shows the other instances that this leader is alive. */
  heartbeatNow(): void;
}

/** A leader-only method with a schedule. */
export interface ScheduledMethod {
  /** The name in the `SchedulerRegistry`. */
  readonly name: string;
  readonly schedule: Schedule;
  /** Whether a new leader runs a tick of a cron job that was due between its predecessor's end and its own election. */
  readonly catchUp: boolean;
  /** Calls the method if this instance leads, with the arguments that the package `cron` passes. Else does nothing. */
  call(...args: readonly unknown[]): unknown;
}

/** @internal */
export interface SchedulerSetup {
  readonly registry: SchedulerRegistry;
  /** The class of the cron jobs of the application's scheduler, if it creates any. */
  readonly CronJob: CronJobClass | undefined;
  readonly logger: ElectionLogger;
}
