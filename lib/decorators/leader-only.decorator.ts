import { NotLeaderError } from '../errors/not-leader.error.js';
import { LeaderOnlyUsageError } from '../errors/leader-only-usage.error.js';
import { proxyMethod, type Method } from '../duties/method-proxy.js';
import { isScheduled, takeOverSchedule, takenOverSchedule } from '../duties/schedule-metadata.js';
import {
  bindWhenCreated,
  boundElections,
  gatedMethods,
  leaderOnlyMetadata,
  markLeaderOnly,
} from './leader-only.metadata.js';

/**
 * Makes a scheduled job, a provider or a method run on the leader only.
 *
 * - On a method with `@Cron()`, `@Interval()` or `@Timeout()`, above or below it: the job is inactive on a standby, starts
 *   when this instance is elected and stops when it is demoted; a call on a standby does nothing.
 * - On a class: the same for all its scheduled methods, and its hooks {@link OnElected} and {@link OnDemoted} are called.
 * - On any other method: calling it on a standby throws {@link NotLeaderError}.
 *
 * A demotion waits for handlers that are running. `currentLeadership()` gives them their term.
 *
 * @param election a name that the module's option `elections` declares; default: the default election
 * @throws {@link LeaderOnlyUsageError} on a static method or on something that is not a method
 */
export function LeaderOnly(election?: string): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (key === undefined) {
      markLeaderOnly(target, { election });
      bindWhenCreated((target as ClassLike).prototype);
      gateScheduledMethods(target as ClassLike);
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
    bindWhenCreated(target);
    descriptor.value = gate(descriptor.value as Method, name, election);
  };
}

interface ClassLike {
  readonly name: string;
  readonly prototype: object;
}

/**
 * Gates all scheduled methods of a leader-only class that are not gated yet. Inherited ones get a gate of this class:
 * the class that it extends may be used on its own, on every instance.
 *
 * @internal
 */
export function gateScheduledMethods(type: ClassLike): void {
  const { prototype } = type;
  for (const key of methodKeys(prototype)) {
    const method = (prototype as Record<string, unknown>)[key] as Method;
    if (leaderOnlyMetadata(method) || !isScheduled(method)) continue;
    const gated = gate(method, `${type.name}.${key}`, leaderOnlyMetadata(type)?.election);
    Object.defineProperty(prototype, key, {
      value: gated,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}

function gate(method: Method, name: string, election: string | undefined): Method {
  const gated = proxyMethod(method, (original, instance, args) => {
    const { service, duties } = electionOf(instance, name, election);
    const { leadership } = service;
    if (leadership)
      return duties.work.run(name, leadership, () => Reflect.apply(original, instance, args));
    // A tick that was under way when the leadership ended is not an error.
    if (takenOverSchedule(gated)) return undefined;
    throw new NotLeaderError(service.election, name, service.leader?.instanceId);
  });
  markLeaderOnly(gated, { election });
  takeOverSchedule(gated); // A @Cron() above this decorator has not been there yet; the module takes it over at start.
  gatedMethods.add(gated);
  return gated;
}

function electionOf(instance: object, name: string, election: string | undefined) {
  const elections = boundElections(instance);
  if (!elections) {
    throw new LeaderOnlyUsageError(
      `${name} is leader-only, but LeaderElectionModule does not know the object that it is called on: import ` +
        'LeaderElectionModule.forRoot() and let Nest make the provider',
    );
  }
  return elections.get(election, `@LeaderOnly('${election ?? ''}') on ${name}`);
}

function classNameOf(target: object): string {
  return (typeof target === 'function' ? target : target.constructor).name;
}

/** The names of all methods, own and inherited. */
export function methodKeys(prototype: object): readonly string[] {
  const keys = new Set<string>();
  for (
    let current: object | null = prototype;
    current !== null && current !== Object.prototype;
    current = Object.getPrototypeOf(current) as object | null
  ) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(current))) {
      if (key !== 'constructor' && typeof value === 'function') keys.add(key);
    }
  }
  return [...keys];
}
