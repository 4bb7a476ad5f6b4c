import type { Method } from '../nest/method-proxy.js';

/** The metadata keys of @nestjs/schedule 6 and 12. */
const SCHEDULER_TYPE = 'SCHEDULER_TYPE';
const SCHEDULER_NAME = 'SCHEDULER_NAME';
const CRON_OPTIONS = 'SCHEDULE_CRON_OPTIONS';
const INTERVAL_OPTIONS = 'SCHEDULE_INTERVAL_OPTIONS';
const TIMEOUT_OPTIONS = 'SCHEDULE_TIMEOUT_OPTIONS';

/** Its enum `SchedulerType`. */
const CRON = 1;
const TIMEOUT = 2;
const INTERVAL = 3;

const CLAIMED = Symbol('leader-only schedule');

/** What `@Cron()`, `@Interval()` or `@Timeout()` said about a method. */
export type Schedule =
  | {
      readonly type: 'cron';
      readonly name: string | undefined;
      /** The options of `@Cron()`, as the package `cron` takes them, and the scheduler's own two. */
      readonly options: Readonly<Record<string, unknown>> & {
        readonly disabled?: boolean;
        readonly initialDelay?: number;
      };
    }
  | {
      readonly type: 'interval' | 'timeout';
      readonly name: string | undefined;
      readonly milliseconds: number;
    };

/**
 * Takes a method out of the scheduler's sight, which would start it on every instance, and keeps what its decorator said.
 *
 * Does nothing when the method is not scheduled or was taken over before (another application in this process may have
 * done it: metadata belongs to the class).
 */
export function claimSchedule(method: Method): void {
  const schedule = readSchedule(method);
  if (!schedule) return;
  Reflect.defineMetadata(CLAIMED, schedule, method);
  Reflect.deleteMetadata(SCHEDULER_TYPE, method);
}

/** As `@Cron(cronTime, options)` does it. */
export function scheduleCron(method: Method, options: Readonly<Record<string, unknown>>): void {
  Reflect.defineMetadata(SCHEDULER_TYPE, CRON, method);
  Reflect.defineMetadata(CRON_OPTIONS, options, method);
}

/** The schedule of a method that was taken over. */
export function claimedSchedule(method: Method): Schedule | undefined {
  return Reflect.getOwnMetadata(CLAIMED, method) as Schedule | undefined;
}

/** Whether the scheduler would find, or would have found, a schedule on this method. */
export function isScheduled(method: Method): boolean {
  return claimedSchedule(method) !== undefined || isLeftToScheduler(method);
}

/** Whether the scheduler finds a schedule on this method. */
export function isLeftToScheduler(method: Method): boolean {
  return readSchedule(method) !== undefined;
}

function readSchedule(method: Method): Schedule | undefined {
  const own = (key: string): unknown => Reflect.getOwnMetadata(key, method);
  const name = own(SCHEDULER_NAME) as string | undefined;
  switch (own(SCHEDULER_TYPE)) {
    case CRON:
      return { type: 'cron', name, options: own(CRON_OPTIONS) as Record<string, unknown> };
    case INTERVAL:
      return {
        type: 'interval',
        name,
        milliseconds: (own(INTERVAL_OPTIONS) as { timeout: number }).timeout,
      };
    case TIMEOUT:
      return {
        type: 'timeout',
        name,
        milliseconds: (own(TIMEOUT_OPTIONS) as { timeout: number }).timeout,
      };
    default:
      return undefined;
  }
}
