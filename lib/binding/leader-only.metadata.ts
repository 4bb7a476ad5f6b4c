import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { LeaderElectionRegistry } from '../leader-election.registry.js';
import { methodOf } from '../nest/application-instances.js';
import type { Method } from '../nest/method-proxy.js';
import { RegistryLookup } from './registry-lookup.js';

/** What `@LeaderOnly()` says about a class or a method. */
export interface LeaderOnlyMetadata {
  /** Undefined: the default election. */
  readonly election: string | undefined;
  /** Whether a new leader catches up on a cron tick that nobody ran. */
  readonly catchUp: boolean;
  /** Of a method: what `@LeaderOnly()` has put in its place. A decorator above it may have replaced that again. */
  readonly restricted?: Method;
}

/** What `@EveryInstance()` says about a class or a method. */
export const EVERY_INSTANCE = 'every instance';

export type Where = LeaderOnlyMetadata | typeof EVERY_INSTANCE;

const WHERE = Symbol('LeaderOnly');

/**
 * @param key of a method: it is said of the property, which is the same whatever function other decorators put there
 * @internal
 */
export function mark(target: object, where: Where, key?: string | symbol): void {
  if (key === undefined) Reflect.defineMetadata(WHERE, where, target);
  else Reflect.defineMetadata(WHERE, where, target, key);
}

/** What was said about exactly this class or property, and not about the one that it inherits. @internal */
export function ownMark(target: object, key?: string | symbol): Where | undefined {
  const said: unknown =
    key === undefined
      ? Reflect.getOwnMetadata(WHERE, target)
      : Reflect.getOwnMetadata(WHERE, target, key);
  return said as Where | undefined;
}

/** What was said about a class, or the nearest one that it extends. */
export function classMark(type: object): Where | undefined {
  return Reflect.getMetadata(WHERE, type) as Where | undefined;
}

/** What was said about a method where it is declared: who overrides a method overrides what its decorators said. */
export function methodMark(prototype: object, key: string): Where | undefined {
  const owner = ownerOf(prototype, key);
  return (owner && ownMark(owner, key)) ?? leaderOnlyMetadata(methodOf(prototype, key));
}

/** Of a function, or of a class, which inherits it from the class that it extends. */
export function leaderOnlyMetadata(target: object): LeaderOnlyMetadata | undefined {
  return leaderOnly(classMark(target));
}

export function leaderOnly(where: Where | undefined): LeaderOnlyMetadata | undefined {
  return where === EVERY_INSTANCE ? undefined : where;
}

function ownerOf(prototype: object, key: string): object | undefined {
  let owner: object | null = prototype;
  while (owner && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner ?? undefined;
}

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
 * @internal
 */
export function boundRegistry(instance: object): LeaderElectionRegistry | undefined {
  return lookups.get(instance)?.registryIfMade ?? applicationOfJob.getStore();
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
  if (lookups.has(instance)) return false;
  exempt.add(instance);
  return true;
}

/** No longer when Nest makes a provider of the object. @internal */
export function isExempt(instance: object): boolean {
  return exempt.has(instance) && !lookups.has(instance);
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
