import type { DynamicModule, FactoryProvider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import {
  getLeaderElectionToken,
  namedElections,
} from './decorators/inject-leader-election.decorator.js';
import { getPartitionsToken, usedPartitions } from './decorators/inject-partitions.decorator.js';
import type { PartitionSet } from './core/partitions.js';
import { LeaderElectionRegistry } from './leader-election.registry.js';
import { PartitionsService } from './leader-election.partitions.js';
import { LeaderElectionService } from './leader-election.service.js';
import { LeaderOnlyUsageError } from './nest/leader-only-usage.error.js';
import { CONSTRUCTOR_PARAMETERS, PROPERTIES } from './nest/private-names.js';

/**
 * Adds a provider for each election that is injected by name, and for each set of partitions. They are getters because
 * Nest reads them when the application starts. By then every class is loaded, including those that were not loaded when
 * `forRoot()` was called.
 *
 * @internal
 */
export function withNamedElections(definition: DynamicModule): DynamicModule {
  return {
    ...definition,
    get providers() {
      return [
        ...(definition.providers ?? []),
        ...namedElections().map(namedElection),
        ...usedPartitions().map(partitionsProvider),
      ];
    },
    get exports() {
      return [
        ...(definition.exports ?? []),
        ...namedElections().map(getLeaderElectionToken),
        ...usedPartitions().map(getPartitionsToken),
      ];
    },
  };
}

/** Refuses an undeclared election only if this application injects it: another one in the process may declare it. */
function namedElection(name: string): FactoryProvider<LeaderElectionService | undefined> {
  const token = getLeaderElectionToken(name);
  return {
    provide: token,
    inject: [LeaderElectionRegistry, ModulesContainer],
    useFactory: (elections: LeaderElectionRegistry, modules: ModulesContainer) => {
      const declared = elections.all.find(({ service }) => service.election === name);
      if (declared) return declared.service;
      const user = userOfToken(token, modules);
      if (user) elections.get(name, `@InjectLeaderElection('${name}') in ${user}`);
      return undefined;
    },
  };
}

/** As for elections: refuses an undeclared set only if this application injects it. */
function partitionsProvider(partitions: PartitionSet): FactoryProvider {
  const token = getPartitionsToken(partitions);
  return {
    provide: token,
    inject: [LeaderElectionRegistry, ModulesContainer],
    useFactory: (elections: LeaderElectionRegistry, modules: ModulesContainer) => {
      const user = userOfToken(token, modules);
      if (!user && !elections.declares(partitions)) return undefined;
      const usage = `@InjectPartitions(${String(partitions)}) in ${user}`;
      return new PartitionsService(partitions, elections.allOf(partitions, usage));
    },
  };
}

/** The name of a class that injects a token, if there is one. */
function userOfToken(token: string, modules: ModulesContainer): string | undefined {
  const user = wrappersOf(modules).find((wrapper) => injects(wrapper, token));
  return user && String(user.name);
}

/**
 * Adds a provider for each election and each set of partitions that no class injects, so that `ModuleRef.get()` finds
 * it by its token.
 *
 * @internal
 */
export function provideRemainingElections(module: Module, elections: LeaderElectionRegistry): void {
  for (const { service } of elections.all) {
    const token = getLeaderElectionToken(service.election);
    if (!module.providers.has(token)) module.addProvider({ provide: token, useValue: service });
  }
  for (const partitions of elections.partitionSets) {
    const provide = getPartitionsToken(partitions);
    if (module.providers.has(provide)) continue;
    const useValue = new PartitionsService(partitions, elections.allOf(partitions, provide));
    module.addProvider({ provide, useValue });
  }
}

/**
 * Refuses a service with which a test has replaced that of an election, if a class uses the election itself: only
 * injection would use the replacement.
 *
 * @param module the module of the elections
 * @param user a class that uses the election itself, if there is one
 * @throws LeaderOnlyUsageError
 * @internal
 */
export function refuseReplacedServices(
  { providers }: Module,
  elections: LeaderElectionRegistry,
  user: string | undefined,
): void {
  const standard = elections.get(undefined, 'LeaderElectionService').service;
  const services = [
    [LeaderElectionService, standard] as const,
    ...elections.all.map(
      ({ service }) => [getLeaderElectionToken(service.election), service] as const,
    ),
  ];
  const isReplaced = services.some(
    ([token, service]) => providers.get(token)?.instance !== service,
  );
  if (!isReplaced || user === undefined) return;
  throw new LeaderOnlyUsageError(
    `overrideProvider() replaced the service of an election, but ${user} uses the election itself, not the service; ` +
      'import LeaderElectionTestingModule.forApp() instead, and elect this instance with LeaderElectionTesting',
  );
}

function wrappersOf(modules: ModulesContainer): InstanceWrapper[] {
  return [...modules.values()].flatMap(({ providers, controllers, injectables }) => [
    ...providers.values(),
    ...controllers.values(),
    ...injectables.values(),
  ]);
}

function injects({ metatype, inject, isNotMetatype }: InstanceWrapper, token: string): boolean {
  const ofFactory = (inject ?? []) as readonly unknown[];
  if (ofFactory.some((dependency) => dependency === token || tokenOf(dependency) === token))
    return true;
  if (isNotMetatype || typeof metatype !== 'function') return false;
  const parameters = metadata<{ param: unknown }>(CONSTRUCTOR_PARAMETERS, metatype);
  const properties = metadata<{ type: unknown }>(PROPERTIES, metatype);
  return (
    parameters.some(({ param }) => param === token) || properties.some(({ type }) => type === token)
  );
}

function tokenOf(dependency: unknown): unknown {
  return (dependency as { token?: unknown } | null | undefined)?.token;
}

function metadata<T>(key: string, type: object): readonly T[] {
  return (Reflect.getMetadata(key, type) ?? []) as readonly T[];
}
