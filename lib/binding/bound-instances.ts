import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { LeaderElectionRegistry } from '../leader-election.registry.js';
import { RegistryLookup } from './registry-lookup.js';

/** How each instance of a leader-only class finds its application: two in a process may share the class. */
const lookups = new WeakMap<object, RegistryLookup>();

/** The application whose job runs now. */
const applicationOfJob = new AsyncLocalStorage<LeaderElectionRegistry>();

/** Runs a job's method; a decorator may have bound it to another object than the provider. @internal */
export function runJob<T>(application: LeaderElectionRegistry, job: () => T): T {
  return applicationOfJob.run(application, job);
}

/**
 * Undefined where Nest has not made the instance, or `LeaderElectionModule` is not made yet.
 *
 * @param instance whatever a method is called on, which may be no object
 * @internal
 */
export function boundRegistry(instance: object): LeaderElectionRegistry | undefined {
  // Every call of a leader-only method asks this: what is so only in tests and for unusual decorators comes last.
  const registry = lookups.get(instance)?.registryIfMade;
  if (registry) return registry;
  return isExempt(instance) ? undefined : applicationOfJob.getStore();
}

/** Whether Nest has made it. @internal */
export function isBound(instance: object): boolean {
  return lookups.has(instance);
}

/** @throws LeaderOnlyUsageError where `LeaderElectionModule` is missing. @internal */
export function bind(instance: object, module: ModuleRef): void {
  const lookup = new RegistryLookup(module, () => `@LeaderOnly() in ${instance.constructor.name}`);
  lookups.set(instance, lookup);
}

/** Objects that Nest has not made, and whose methods are called as if they were not leader-only. */
const exempt = new WeakSet<object>();

/**
 * Lets an object be called on every instance, which a test asks for. Not one that Nest has made: its application has leaders.
 *
 * @returns false where Nest has made it
 * @internal
 */
export function exemptFromElections(instance: object): boolean {
  if (isBound(instance)) return false;
  exempt.add(instance);
  return true;
}

/** No longer when Nest makes a provider of the object. @internal */
export function isExempt(instance: object): boolean {
  return exempt.has(instance) && !isBound(instance);
}

const MODULE = Symbol('module of a leader-only class');

/**
 * Makes Nest bind every instance of a class when it creates it, before any hook of the application runs: a hook may call a
 * leader-only method. Nothing is left on the instance: the property is an accessor on the prototype.
 *
 * @internal
 */
export function bindWhenCreated(prototype: object): void {
  if (MODULE in prototype) return;
  Object.defineProperty(prototype, MODULE, {
    configurable: true,
    set(this: object, module: ModuleRef) {
      bind(this, module);
    },
  });
  Inject(ModuleRef)(prototype, MODULE);
}
