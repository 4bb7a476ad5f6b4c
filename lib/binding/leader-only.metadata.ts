import { Inject } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Method } from '../nest/method-proxy.js';
import { registryOf, refuseMissingModule } from './registry-lookup.js';
import type { LeaderElectionRegistry } from '../leader-election.registry.js';

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

/** Which application an instance belongs to: two applications in a process may share its class. */
const applications = new WeakMap<object, ModulesContainer>();

/** @internal */
export function bindToApplication(instance: object, modules: ModulesContainer): void {
  applications.set(instance, modules);
}

/** @internal */
export function boundElections(instance: object): LeaderElectionRegistry | undefined {
  const modules = applications.get(instance);
  return modules && registryOf(modules);
}

const APPLICATION = Symbol('application of a leader-only class');

/**
 * Makes Nest bind every instance of a class when it creates it, before any hook of the application runs. Nothing is left
 * on the instance: the property is an accessor on the prototype.
 *
 * @internal
 */
export function bindWhenCreated(prototype: object): void {
  if (APPLICATION in prototype) return;
  Object.defineProperty(prototype, APPLICATION, {
    configurable: true,
    get(this: object) {
      return applications.get(this);
    },
    set(this: object, modules: ModulesContainer) {
      refuseMissingModule(modules, () => `@LeaderOnly() in ${this.constructor.name}`);
      bindToApplication(this, modules);
    },
  });
  Inject(ModulesContainer)(prototype, APPLICATION);
}
