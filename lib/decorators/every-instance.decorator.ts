import {
  EVERY_INSTANCE,
  classMark,
  mark,
  obeysLeader,
  ownMark,
} from '../binding/leader-only.metadata.js';
import { classNameOf } from '../nest/application-instances.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';

/**
 * Takes a scheduled job out of the option `scheduledJobs: 'leader-only'`, and out of `@LeaderOnly()` on its class: the job runs on
 * every instance, as without this module.
 *
 * - On a method with `@Cron()`, `@Interval()` or `@Timeout()`, above or below it: that job.
 * - On a class: all its jobs, and those of the classes that extend it, except the methods with a `@LeaderOnly()` of their own.
 *
 * @throws {@link LeaderOnlyUsageError} on what is no class and no method of an instance, or is `@LeaderOnly()` as well
 */
export function EveryInstance(): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (key === undefined) {
      if (obeysLeader(classMark(target))) throw contradiction(classNameOf(target));
      mark(target, EVERY_INSTANCE);
      return;
    }
    const name = `${classNameOf(target)}.${String(key)}`;
    if (typeof target === 'function' || typeof descriptor?.value !== 'function') {
      throw new LeaderOnlyUsageError(
        `@EveryInstance() on ${name}: only classes and methods of providers have jobs; remove it`,
      );
    }
    if (obeysLeader(ownMark(target, key))) throw contradiction(name);
    mark(target, EVERY_INSTANCE, key);
  };
}

/** @internal */
export function contradiction(name: string): LeaderOnlyUsageError {
  return new LeaderOnlyUsageError(
    `@LeaderOnly() and @EveryInstance() on ${name}, or on a class that it extends: remove one of them`,
  );
}
