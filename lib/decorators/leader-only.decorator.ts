import { bindWhenCreated, boundRegistry, isBound, isExempt } from '../binding/bound-instances.js';
import {
  EVERY_INSTANCE,
  leaderOnlyMetadata,
  mark,
  methodMark,
  ownMark,
  type LeaderOnlyMetadata,
} from '../binding/leader-only.metadata.js';
import type { Leadership } from '../core/model/leadership.js';
import type { RegisteredElection } from '../leader-election.registry.js';
import { PartitionSet } from '../core/partitions.js';
import {
  classNameOf,
  methodNames,
  methodOf,
  type ClassLike,
} from '../nest/application-instances.js';
import { foreignHandlersOf } from '../nest/foreign-handlers.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { proxyMethod, type Method } from '../nest/method-proxy.js';
import { GRAPHQL_FIELD, GRAPHQL_REFERENCE, INTERCEPTORS } from '../nest/private-names.js';
import { LeaderOnlyInterceptor } from '../requests/leader-only.interceptor.js';
import { isSubscription } from '../requests/iterate-while-leading.js';
import { notLeader } from '../requests/not-leader.error.js';
import { refusalInterceptor } from '../requests/refusal.interceptor.js';
import { streamWhileLeading } from '../requests/stream-while-leading.js';
import { scheduleOf } from '../scheduling/schedule-metadata.js';
import { contradiction } from './every-instance.decorator.js';

/** Options of {@link LeaderOnly}. */
export interface LeaderOnlyOptions {
  /**
   * The name of the election.
   * @default the default election
   */
  readonly election?: string | undefined;
  /**
   * For cron jobs: if a tick was due between the last sign of life of the old leader and the election of the new one,
   * the new leader runs the job once, immediately. Such a tick runs at least once if a standby was connected when the
   * old leader went away. A tick that the old leader had begun in its very last moment may run again.
   * @default false
   */
  readonly catchUp?: boolean | undefined;
}

/**
 * Makes a scheduled job, a provider or a method run only on the leader.
 *
 * - On a method with `@Cron()`, `@Interval()` or `@Timeout()`, above or below it: the job starts when this instance is
 *   elected and stops when it is demoted. On a standby it is inactive, and calling the method does nothing.
 * - On a class: the same for all its scheduled methods. Its hooks {@link OnElected} and {@link OnDemoted} are called.
 * - On a controller or a route: a standby responds with 503, `Retry-After` and a body that names the election and, if
 *   known, the leader. A message handler throws an `RpcException`, a gateway handler a `WsException`.
 * - On any other method: calling it on a standby throws {@link NotLeaderError}. A route or a handler that does not
 *   catch it responds as if it were leader-only itself.
 *
 * A demotion waits for running handlers, until their responses are sent. In them, `currentLeadership()` returns their
 * term. Return values are passed through, but a thenable that is not a promise, such as a query builder, becomes a
 * promise of its result. Streams end with the leadership, with the same error: `@Sse()`, Observables that have emitted,
 * and generators (a demotion waits for their `finally` blocks).
 *
 * @param options the name of an election in the module's option `elections` (default: the default election), or
 *   {@link LeaderOnlyOptions}
 * @throws {@link LeaderOnlyUsageError} on a static method, or on anything but a class or a method
 * @example
 * `@LeaderOnly() @Cron('0 2 * * *') async sendReports() {}`
 */
export function LeaderOnly(options?: string | LeaderOnlyOptions): ClassDecorator & MethodDecorator;
/**
 * Calls the hooks of a class, {@link OnElected} and {@link OnDemoted}, for each partition that this instance starts or
 * stops leading. `leadership.partition` is its number. Partitions are independent: their hooks run concurrently, a
 * demotion waits only for the hooks of its own partition, and an `onElected` that throws gives up only that partition.
 *
 * @param partitions a set in the module's option `elections`, as in `elections: [...partitions('orders', 48)]`
 * @throws {@link LeaderOnlyUsageError} on anything but a class
 */
export function LeaderOnly(partitions: PartitionSet): ClassDecorator;
export function LeaderOnly(
  options?: string | LeaderOnlyOptions | PartitionSet,
): ClassDecorator & MethodDecorator {
  if (options instanceof PartitionSet) return hooksOf(options);
  const { election, catchUp = false } =
    typeof options === 'object' ? options : { election: options };
  const metadata: LeaderOnlyMetadata = { election, catchUp };
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (key === undefined) {
      if (ownMark(target) === EVERY_INSTANCE) throw contradiction(classNameOf(target));
      mark(target, metadata);
      bindWhenCreated((target as ClassLike).prototype);
      restrictMethodsOf(target as ClassLike);
      interceptFirst(target); // For routes, message handlers and resolvers: nothing else has interceptors.
      return;
    }
    const name = `${classNameOf(target)}.${String(key)}`;
    if (typeof target === 'function') {
      throw new LeaderOnlyUsageError(
        `@LeaderOnly() on ${name}: static methods can't be leader-only; make it an instance method of a provider`,
      );
    }
    if (typeof descriptor?.value !== 'function') {
      throw new LeaderOnlyUsageError(
        `@LeaderOnly() on ${name}: only classes and methods can be leader-only`,
      );
    }
    if (ownMark(target, key) === EVERY_INSTANCE) throw contradiction(name);
    bindWhenCreated(target);
    const restricted = restrict(descriptor.value as Method, target, key, metadata);
    mark(target, { ...metadata, restricted }, key);
    descriptor.value = restricted;
    interceptFirst(restricted);
  };
}

function hooksOf(partitions: PartitionSet): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol) => {
    const name = classNameOf(target);
    if (key !== undefined) {
      const method = `${name}.${String(key)}`;
      throw new LeaderOnlyUsageError(
        `@LeaderOnly(${String(partitions)}) on ${method}: only classes can use a set of partitions, because a method ` +
          'call belongs to no particular partition; use runIfOwner() of PartitionsService in the method',
      );
    }
    if (ownMark(target) === EVERY_INSTANCE) throw contradiction(name);
    mark(target, partitions);
    bindWhenCreated((target as ClassLike).prototype);
  };
}

/** Before all others, so that on a standby none of them stores an upload that is then refused. */
function interceptFirst(target: object): void {
  addFirst(LeaderOnlyInterceptor, target);
}

/**
 * Makes every handler of a controller or a gateway respond to a `NotLeaderError` of code that it calls. Before all
 * other interceptors, so that they catch the original error.
 *
 * @internal
 */
export function answerRefusals(type: ClassLike): void {
  addFirst(refusalInterceptor, type);
}

function addFirst(interceptor: unknown, target: object): void {
  const others = (Reflect.getMetadata(INTERCEPTORS, target) ?? []) as readonly unknown[];
  if (others.includes(interceptor)) return;
  Reflect.defineMetadata(INTERCEPTORS, [interceptor, ...others], target);
}

/**
 * Makes all scheduled methods and field resolvers of a leader-only class check the leadership, unless they already do.
 * Wraps inherited methods on this class only: the class that it extends may also be used on its own, on every instance.
 *
 * @internal
 */
export function restrictMethodsOf(type: ClassLike): void {
  const { prototype } = type;
  for (const key of methodNames(type)) {
    const method = methodOf(prototype, key);
    if (methodMark(prototype, key) || !(scheduleOf(method) || isFieldResolver(method))) continue;
    const ofClass = leaderOnlyMetadata(type) ?? { election: undefined, catchUp: false };
    Object.defineProperty(prototype, key, {
      value: restrict(method, prototype, key, ofClass),
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}

/** Nest does not intercept field resolvers of GraphQL, unless the application sets `fieldResolverEnhancers`. */
function isFieldResolver(method: Method): boolean {
  return (
    Reflect.hasMetadata(GRAPHQL_FIELD, method) || Reflect.hasMetadata(GRAPHQL_REFERENCE, method)
  );
}

function restrict(
  method: Method,
  prototype: object,
  key: string | symbol,
  metadata: LeaderOnlyMetadata,
): Method {
  const { election } = metadata;
  const name = `${classNameOf(prototype)}.${String(key)}`;
  const usage = `@LeaderOnly('${election ?? ''}') on ${name}`;
  // Decorators above may replace the method.
  const outermost = () => (prototype as Record<string | symbol, Method>)[key] ?? method;
  let subscribes: boolean | undefined;

  const refuse = (instance: object, registered: RegisteredElection): unknown => {
    // A tick that had begun when the leadership ended is not an error.
    if (scheduleOf(outermost())) return undefined;
    // A provider may extend the class that declares the method. Any other `this` says nothing about the class.
    const type = (isBound(instance) ? instance : prototype).constructor as ClassLike;
    const kind = foreignHandlersOf(type).find((handler) => handler.method === key)?.kind;
    if (kind === 'event') return undefined;
    const error = notLeader(registered, name);
    // The bus returns what the handler returns, and its callers only catch rejected promises.
    if (kind === 'request') return Promise.reject(error);
    throw error;
  };

  const perform = (
    instance: object,
    args: unknown[],
    registered: RegisteredElection,
    leadership: Leadership,
  ): unknown => {
    const returned = Reflect.apply(method, instance, args);
    if (typeof returned !== 'object' || returned === null) return returned;
    // The interceptor ends the iterator of a subscription, without waiting for its next value.
    subscribes ??= isSubscription(outermost());
    return subscribes
      ? returned
      : streamWhileLeading(returned, { election: registered, leadership, called: name });
  };

  // May be called a million times a second: do nothing here that most calls don't need.
  const restricted = proxyMethod(method, (instance, args) => {
    const elections = boundRegistry(instance);
    if (!elections) {
      if (isExempt(instance)) return Reflect.apply(method, instance, args);
      throw unknownObject(name);
    }
    const registered = elections.get(election, usage);
    const { leadership } = registered.service;
    if (!leadership) return refuse(instance, registered);
    const { work } = registered.duties;
    return work.run(name, leadership, perform, instance, args, registered, leadership);
  });
  mark(restricted, metadata);
  return restricted;
}

function unknownObject(name: string): LeaderOnlyUsageError {
  return new LeaderOnlyUsageError(
    `${name} is leader-only, but was called on an object that LeaderElectionModule does not manage; import ` +
      'LeaderElectionModule.forRoot() and let Nest create the provider, or in a test without Nest, pass the object ' +
      'through withoutElection() of nestjs-leader-election/testing',
  );
}
