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
 * Exempts a scheduled job from the option `scheduledJobs: 'leader-only'`, and from `@LeaderOnly()` on its class: the
 * job runs on every instance, as without this module.
 *
 * - On a method with `@Cron()`, `@Interval()` or `@Timeout()`, above or below it: exempts that job.
 * - On a class: exempts all its jobs, and those of classes that extend it, except methods with `@LeaderOnly()`.
 *
 * @throws {@link LeaderOnlyUsageError} on anything but a class or an instance method, or together with `@LeaderOnly()`
 * @example
 * `@EveryInstance() @Interval(30_000) refreshCache() {}`
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
        `@EveryInstance() on ${name}: only classes and instance methods have jobs; remove the decorator`,
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
