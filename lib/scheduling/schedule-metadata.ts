import type { Method } from '../nest/method-proxy.js';

/** The metadata keys of @nestjs/schedule 6 and 12. */
const SCHEDULER_TYPE = 'SCHEDULER_TYPE';
const SCHEDULER_NAME = 'SCHEDULER_NAME';
const CRON_OPTIONS = 'SCHEDULE_CRON_OPTIONS';
const INTERVAL_OPTIONS = 'SCHEDULE_INTERVAL_OPTIONS';
const TIMEOUT_OPTIONS = 'SCHEDULE_TIMEOUT_OPTIONS';

/** The values of its enum `SchedulerType`. */
const CRON = 1;
const TIMEOUT = 2;
const INTERVAL = 3;

/** The metadata of `@Cron()`, `@Interval()` or `@Timeout()` on a method. */
export type Schedule =
  | {
      readonly type: 'cron';
      readonly name: string | undefined;
      /** The options of `@Cron()`: those of the package `cron`, and two of the scheduler's own. */
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

/** Does what `@Cron(cronTime, options)` does. */
export function scheduleCron(method: Method, options: Readonly<Record<string, unknown>>): void {
  Reflect.defineMetadata(SCHEDULER_TYPE, CRON, method);
  Reflect.defineMetadata(CRON_OPTIONS, options, method);
}

/** The schedule that the scheduler finds on a method. Undefined for anything but a function. */
export function scheduleOf(method: unknown): Schedule | undefined {
  if (typeof method !== 'function') return undefined;
  // Includes inherited metadata, as the scheduler does: a decorator may have made the function inherit from the method.
  const said = (key: string): unknown => Reflect.getMetadata(key, method);
  const type = said(SCHEDULER_TYPE);
  if (type === undefined) return undefined; // Most methods of an application.
  const name = said(SCHEDULER_NAME) as string | undefined;
  switch (type) {
    case CRON:
      // An empty name of a cron job counts as none.
      return {
        type: 'cron',
        name: name === '' ? undefined : name,
        options: said(CRON_OPTIONS) as Record<string, unknown>,
      };
    case INTERVAL:
      return { type: 'interval', name, milliseconds: millisecondsOf(said(INTERVAL_OPTIONS)) };
    case TIMEOUT:
      return { type: 'timeout', name, milliseconds: millisecondsOf(said(TIMEOUT_OPTIONS)) };
    default:
      return undefined;
  }
}

function millisecondsOf(options: unknown): number {
  return (options as { timeout: number }).timeout;
}
