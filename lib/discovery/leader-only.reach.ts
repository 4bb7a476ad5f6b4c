import {
  leaderOnly,
  leaderOnlyMetadata,
  methodMark,
  partitionsOf,
} from '../binding/leader-only.metadata.js';
import { methodNames, methodOf, type ClassLike } from '../nest/application-instances.js';
import {
  foreignHandlersOf,
  isServed,
  type ForeignHandler,
  type ForeignHandlerKind,
} from '../nest/foreign-handlers.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { scheduleOf } from '../scheduling/schedule-metadata.js';

/** Why a kind of handler can't be made leader-only by a check when it is called, and what to do instead. */
const REFUSED: Readonly<Partial<Record<ForeignHandlerKind, string>>> = {
  consumer:
    'a standby would take messages from the queue and fail them; start and stop the consumer in onElected() and ' +
    'onDemoted() of a class with @LeaderOnly(), and remove @LeaderOnly() from the method',
  saga:
    'it is called once, when the application starts, and then runs on every instance; put @LeaderOnly() on execute() ' +
    'of the handlers of its commands',
  command:
    'it is called once, before this instance can be elected; call whenLeader() or runIfLeader() of ' +
    'LeaderElectionService in it',
};

/**
 * Refuses leader-only methods whose calls a standby could not refuse without losing something. Runs early, since their
 * callers may start with the application.
 *
 * @throws LeaderOnlyUsageError
 */
export function refuseLossy(type: ClassLike): void {
  // Most classes have no leader-only methods, and this is cheaper to check than to look for handlers.
  if (!hasLeaderOnlyMethod(type)) return;
  for (const handler of foreignHandlersOf(type)) {
    const reason = REFUSED[handler.kind];
    if (reason && isLeaderOnly(type, handler.method))
      throw new LeaderOnlyUsageError(`@LeaderOnly() on ${called(type, handler)}: ${reason}`);
  }
}

/**
 * Refuses a leader-only class of which a part, or all, would run on every instance.
 *
 * @throws LeaderOnlyUsageError
 */
export function refuseOutOfReach(type: ClassLike, hasHooks: boolean): void {
  // The hooks decide what they start and stop, such as the worker that calls the handlers.
  if (!leaderOnlyMetadata(type) || hasHooks) return;
  const unreached = foreignHandlersOf(type).find(({ method }) => !isLeaderOnly(type, method));
  if (unreached) {
    const reason = REFUSED[unreached.kind];
    throw new LeaderOnlyUsageError(
      `@LeaderOnly() on ${declared(type)} does not apply to ${called(type, unreached)}: ` +
        (reason ?? 'it would run on every instance; put @LeaderOnly() on the method'),
    );
  }
  if (isServed(type) || hasLeaderOnlyMethod(type)) return;
  throw new LeaderOnlyUsageError(
    `@LeaderOnly() on ${declared(type)} has no effect: the class has no onElected() or onDemoted(), no method with ` +
      '@Cron(), @Interval(), @Timeout() or @LeaderOnly(), and is not a controller, gateway or resolver; add a hook, ' +
      'or put @LeaderOnly() on the methods that only the leader may run',
  );
}

function hasLeaderOnlyMethod(type: ClassLike): boolean {
  return methodNames(type).some((method) => isLeaderOnly(type, method));
}

/**
 * Refuses a class with the hooks of partitions that also has jobs or handlers, since these belong to no particular
 * partition.
 *
 * @throws LeaderOnlyUsageError
 */
export function refuseWithoutPartition(type: ClassLike, hasHooks: boolean): void {
  const partitions = partitionsOf(type);
  if (!partitions) return;
  const usage = `@LeaderOnly(${String(partitions)}) on ${type.name}`;
  const { prototype } = type;
  const job = methodNames(type).find(
    (key) => scheduleOf(methodOf(prototype, key)) && !methodMark(prototype, key),
  );
  if (job !== undefined) {
    const method = `${type.name}.${job}`;
    throw new LeaderOnlyUsageError(
      `${usage}: the job ${method} belongs to no particular partition; start a timer for each partition in ` +
        'onElected(), or put @EveryInstance() on the method and check `owned` of PartitionsService in it',
    );
  }
  if (isServed(type)) {
    throw new LeaderOnlyUsageError(
      `${usage}: requests and messages belong to no particular partition; use runIfOwner() of PartitionsService in ` +
        'the handlers, and move the hooks to a provider',
    );
  }
  if (!hasHooks) {
    throw new LeaderOnlyUsageError(
      `${usage}: the class has no onElected() or onDemoted() to call for each partition; add a hook, or inject ` +
        'PartitionsService with @InjectPartitions() instead',
    );
  }
}

function isLeaderOnly({ prototype }: ClassLike, name: string): boolean {
  return name in prototype && leaderOnly(methodMark(prototype, name)) !== undefined;
}

function called({ name }: ClassLike, { method, decorator }: ForeignHandler): string {
  return `${name}.${method} (${decorator})`;
}

/** The name of the class, and whether it inherits the decorator. */
function declared(type: ClassLike): string {
  const base = Object.getPrototypeOf(type) as ClassLike;
  const inherits = leaderOnlyMetadata(base) === leaderOnlyMetadata(type);
  return inherits ? `${type.name} (inherited)` : type.name;
}
