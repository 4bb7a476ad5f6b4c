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
   * The name of an election.
   * @default the default election
   */
  readonly election?: string | undefined;
  /**
   * For cron jobs: a tick that was due after the last sign of life of the old leader and before the election of the new
   * one runs once, at once, on the new leader. It promises that such a tick is run at least once, as long as a standby was
   * connected when the old leader went; a tick that the old leader had begun in its very last moment may run again.
   * @default false
   */
  readonly catchUp?: boolean | undefined;
}

/**
 * Makes a scheduled job, a provider or a method run on the leader only.
 *
 * - On a method with `@Cron()`, `@Interval()` or `@Timeout()`, above or below it: the job is inactive on a standby, starts
 *   when this instance is elected and stops when it is demoted; a call on a standby does nothing.
 * - On a class: the same for all its scheduled methods, and its hooks {@link OnElected} and {@link OnDemoted} are called.
 * - On a route or a controller: a standby answers 503 with `Retry-After` and a body that names the election and, if known,
 *   the leader; a message handler throws an `RpcException`, and one of a gateway a `WsException`.
 * - On any other method: calling it on a standby throws {@link NotLeaderError}. A route or a handler that lets it pass
 *   answers as if it were leader-only itself.
 *
 * A demotion waits for handlers that are running, and until their responses are sent. `currentLeadership()` gives them their
 * term. What a method returns is passed on; of a thenable that is no promise, such as a query builder, a promise of its
 * outcome. A stream has no end to wait for, so it ends with the leadership, with the same refusal: `@Sse()`, an Observable
 * that has told something, a generator, of which a demotion waits for the `finally` blocks.
 *
 * @param options the name of an election that the module's option `elections` declares (default: the default election),
 *   or {@link LeaderOnlyOptions}
 * @throws {@link LeaderOnlyUsageError} on a static method or on something that is not a method
 */
export function LeaderOnly(options?: string | LeaderOnlyOptions): ClassDecorator & MethodDecorator;
/**
 * Calls the hooks of a class, {@link OnElected} and {@link OnDemoted}, for each partition of which this instance becomes the
 * leader, or no longer is: `leadership.partition` is its number. The partitions are independent of each other: their hooks run
 * at the same time, a demotion waits for those of its own partition, and an `onElected` that throws hands over that one.
 *
 * @param partitions those that the module's option `elections` declares: `elections: [...partitions('orders', 48)]`
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
      interceptFirst(target); // of routes, message handlers and resolvers; nothing else has any
      return;
    }
    const name = `${classNameOf(target)}.${String(key)}`;
    if (typeof target === 'function') {
      throw new LeaderOnlyUsageError(
        `@LeaderOnly() on ${name}: a static method belongs to no instance of the application; make it a method of a provider`,
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
        `@LeaderOnly(${String(partitions)}) on ${method}: only a class can have the hooks of partitions, since of a call ` +
          'it is not known which of them it belongs to; use runIfOwner() of PartitionsService in the method',
      );
    }
    if (ownMark(target) === EVERY_INSTANCE) throw contradiction(name);
    mark(target, partitions);
    bindWhenCreated((target as ClassLike).prototype);
  };
}

/** Before those that are there: on a standby none of them shall store an upload that is refused afterwards. */
function interceptFirst(target: object): void {
  addFirst(LeaderOnlyInterceptor, target);
}

/**
 * Makes every handler of a controller or a gateway answer for what it calls. Before all others: what they catch is what was
 * thrown.
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
 * Makes all scheduled methods and field resolvers of a leader-only class check the leadership, if they don't yet. Inherited ones get a
 * check of this class: the class that it extends may be used on its own, on every instance.
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

/** Of GraphQL. Nest intercepts none, unless the application asks for it with `fieldResolverEnhancers`. */
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
    // A tick that was under way when the leadership ended is not an error.
    if (scheduleOf(outermost())) return undefined;
    // A provider may extend the class that declares the method; what else the method was bound to says nothing about it.
    const type = (isBound(instance) ? instance : prototype).constructor as ClassLike;
    const kind = foreignHandlersOf(type).find((handler) => handler.method === key)?.kind;
    if (kind === 'event') return undefined;
    const error = notLeader(registered, name);
    // The bus passes on what the handler returns, and its callers catch no more than a promise.
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
    // What a subscription returns is ended by the interceptor, which does not wait for its next value.
    subscribes ??= isSubscription(outermost());
    return subscribes
      ? returned
      : streamWhileLeading(returned, { election: registered, leadership, called: name });
  };

  // May be called a million times a second: nothing is made, asked or looked up here that most calls do without.
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
    `${name} is leader-only, but LeaderElectionModule does not know the object that it is called on: import ` +
      'LeaderElectionModule.forRoot() and let Nest make the provider; in a test without Nest, pass the object through ' +
      'withoutElection() of nestjs-leader-election/testing',
  );
}
