import { Inject } from '@nestjs/common';
import type { Method } from '../duties/method-proxy.js';
import { LeaderElections } from '../leader-elections.js';

/** What `@LeaderOnly()` says about a class or a method. */
export interface LeaderOnlyMetadata {
  /** Undefined: the default election. */
  readonly election: string | undefined;
  /** Whether a new leader catches up on a cron tick that nobody ran. */
  readonly catchUp: boolean;
}

const LEADER_ONLY = Symbol('LeaderOnly');

/** @internal */
export function markLeaderOnly(target: object, metadata: LeaderOnlyMetadata): void {
  Reflect.defineMetadata(LEADER_ONLY, metadata, target);
}

/** A class inherits it from the class that it extends. */
export function leaderOnlyMetadata(target: object): LeaderOnlyMetadata | undefined {
  return Reflect.getMetadata(LEADER_ONLY, target) as LeaderOnlyMetadata | undefined;
}

/** Every method that is gated, in any class of this process. */
export const gatedMethods = new Set<Method>();

/** Which application's elections an instance belongs to: two applications in a process may share its class. */
const bound = new WeakMap<object, LeaderElections>();

/** @internal */
export function bindElections(instance: object, elections: LeaderElections): void {
  bound.set(instance, elections);
}

/** @internal */
export function boundElections(instance: object): LeaderElections | undefined {
  return bound.get(instance);
}

/** Nest prints the key when it can't resolve the dependency, which is when the module is missing: so it says what to do. */
const ELECTIONS = Symbol(
  'LeaderElectionModule.forRoot(), which @LeaderOnly() needs in the imports of a module,',
);

/**
 * Makes Nest bind every instance of a class when it creates it, before any hook of the application runs. Nothing is left
 * on the instance: the property is an accessor on the prototype.
 *
 * @internal
 */
export function bindWhenCreated(prototype: object): void {
  if (ELECTIONS in prototype) return;
  Object.defineProperty(prototype, ELECTIONS, {
    configurable: true,
    get(this: object) {
      return bound.get(this);
    },
    set(this: object, elections: LeaderElections) {
      bindElections(this, elections);
    },
  });
  Inject(LeaderElections)(prototype, ELECTIONS);
}
