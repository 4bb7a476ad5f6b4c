import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { LeaderElectionRegistry } from '../leader-election.registry.js';
import { RegistryLookup } from './registry-lookup.js';

/** How each object of a leader-only class finds its application: two in one process may share the class. */
const lookups = new WeakMap<object, RegistryLookup>();

/** The application whose job is running. */
const applicationOfJob = new AsyncLocalStorage<LeaderElectionRegistry>();

/** Runs a job's method. A decorator may have bound it to an object other than the provider. @internal */
export function runJob<T>(application: LeaderElectionRegistry, job: () => T): T {
  return applicationOfJob.run(application, job);
}

/**
 * Undefined if Nest did not create the object, or has not created `LeaderElectionModule` yet.
 *
 * @param instance the `this` of a call, which need not be an object
 * @internal
 */
export function boundRegistry(instance: object): LeaderElectionRegistry | undefined {
  // Runs at every call of a leader-only method, so the checks for tests and for unusual decorators come last.
  const registry = lookups.get(instance)?.registryIfMade;
  if (registry) return registry;
  return isExempt(instance) ? undefined : applicationOfJob.getStore();
}

/** Whether Nest created the object. @internal */
export function isBound(instance: object): boolean {
  return lookups.has(instance);
}

/** @throws LeaderOnlyUsageError if `LeaderElectionModule` is missing. @internal */
export function bind(instance: object, module: ModuleRef): void {
  const lookup = new RegistryLookup(module, () => `@LeaderOnly() in ${instance.constructor.name}`);
  lookups.set(instance, lookup);
}

/** Objects that Nest did not create, and whose methods are called as if they were not leader-only. */
const exempt = new WeakSet<object>();

/**
 * Exempts an object from elections, for a test. Not an object that Nest created, whose application has elections.
 *
 * @returns false if Nest created the object
 * @internal
 */
export function exemptFromElections(instance: object): boolean {
  if (isBound(instance)) return false;
  exempt.add(instance);
  return true;
}

/** False again once Nest uses the object as a provider. @internal */
export function isExempt(instance: object): boolean {
  return exempt.has(instance) && !isBound(instance);
}

const MODULE = Symbol('module of a leader-only class');

/**
 * Makes Nest bind every object of a class when it creates it, before any hook of the application runs: a hook may call
 * a leader-only method. The object gets no property of its own: the property is an accessor on the prototype.
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
