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

/** Why a handler of a kind can't be leader-only by a check when it is called, and what to do. */
const REFUSED: Readonly<Partial<Record<ForeignHandlerKind, string>>> = {
  consumer:
    'a standby would take what it is called with from the queue and fail it; start and stop the consumer in onElected() and ' +
    'onDemoted() of a class with @LeaderOnly(), and leave @LeaderOnly() off the method',
  saga:
    'it is called once, when the application starts, and then runs on every instance; put @LeaderOnly() on execute() of the ' +
    'handlers of its commands',
  command:
    'it is called once, before this instance can be elected; call whenLeader() or runIfLeader() of LeaderElectionService in it',
};

/**
 * Refuses leader-only methods that a standby can't refuse without loss. At once, since what calls them may start with the
 * application.
 *
 * @throws LeaderOnlyUsageError
 */
export function refuseLossy(type: ClassLike): void {
  // In most classes nothing is leader-only, and to look for handlers takes longer than to see that.
  if (!hasLeaderOnlyMethod(type)) return;
  for (const handler of foreignHandlersOf(type)) {
    const reason = REFUSED[handler.kind];
    if (reason && isLeaderOnly(type, handler.method))
      throw new LeaderOnlyUsageError(`@LeaderOnly() on ${called(type, handler)}: ${reason}`);
  }
}

/**
 * Refuses a leader-only class in which something, or all, would run on every instance.
 *
 * @throws LeaderOnlyUsageError
 */
export function refuseOutOfReach(type: ClassLike, hasHooks: boolean): void {
  // What the hooks start and stop, such as the worker that calls the handlers, is theirs to say.
  if (!leaderOnlyMetadata(type) || hasHooks) return;
  const unreached = foreignHandlersOf(type).find(({ method }) => !isLeaderOnly(type, method));
  if (unreached) {
    const reason = REFUSED[unreached.kind];
    throw new LeaderOnlyUsageError(
      `@LeaderOnly() on ${declared(type)} does not reach ${called(type, unreached)}: ` +
        (reason ?? 'it would run on every instance; put @LeaderOnly() on the method'),
    );
  }
  if (isServed(type) || hasLeaderOnlyMethod(type)) return;
  throw new LeaderOnlyUsageError(
    `@LeaderOnly() on ${declared(type)} has no effect: there is no onElected() or onDemoted(), no method with @Cron(), ` +
      '@Interval() or @Timeout(), no method with @LeaderOnly(), and it is no controller, gateway or resolver; add the hooks, ' +
      'or put @LeaderOnly() on the methods that only the leader may run',
  );
}

function hasLeaderOnlyMethod(type: ClassLike): boolean {
  return methodNames(type).some((method) => isLeaderOnly(type, method));
}

/**
 * Refuses what has the hooks of partitions and, beside them, something that would belong to one of them: to which, nobody says.
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
    throw new LeaderOnlyUsageError(
      `${usage}: it is not known which of the partitions ${type.name}.${job} belongs to; start a timer for each in ` +
        'onElected(), or put @EveryInstance() on the method and ask PartitionsService in it which are led here',
    );
  }
  if (isServed(type)) {
    throw new LeaderOnlyUsageError(
      `${usage}: it is not known which of the partitions a request or a message belongs to; use runIfOwner() of ` +
        'PartitionsService in the handlers, and move the hooks to a provider',
    );
  }
  if (!hasHooks) {
    throw new LeaderOnlyUsageError(
      `${usage}: there is no onElected() or onDemoted() that could be called for each partition; add them, or inject ` +
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

/** The class, and the one from which it inherits the decorator. */
function declared(type: ClassLike): string {
  const base = Object.getPrototypeOf(type) as ClassLike;
  const inherits = leaderOnlyMetadata(base) === leaderOnlyMetadata(type);
  return inherits ? `${type.name}, by what it extends,` : type.name;
}
