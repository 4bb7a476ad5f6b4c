import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, ModuleRef, ModulesContainer } from '@nestjs/core';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { bind, leaderOnlyMethods, leaderOnlyMetadata } from '../binding/leader-only.metadata.js';
import { restrictScheduledMethods } from '../decorators/leader-only.decorator.js';
import type { OnElected, OnDemoted } from '../duties/leader-hooks.interface.js';
import type { HookedProvider } from '../duties/leader-hooks.js';
import { LeaderElectionRegistry, type RegisteredElection } from '../leader-election.registry.js';
import {
  classesOf,
  instancesOf,
  isClass,
  isSingleton,
  methodNames,
  methodOf,
  type ApplicationInstance,
  type ClassLike,
} from '../nest/application-instances.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { CONTROLLER } from '../nest/private-names.js';
import { LeaderOnlyInterceptor } from '../requests/leader-only.interceptor.js';
import type { ScheduledMethod } from '../scheduling/leader-job.js';
import {
  isLeftToScheduler,
  isScheduled,
  claimSchedule,
  claimedSchedule,
} from '../scheduling/schedule-metadata.js';

/** A scheduled method that is leader-only. */
export interface FoundJob extends ScheduledMethod {
  /** Its method, as `Class.method`. */
  readonly method: string;
}

/** What an election starts and stops, as found in the application. */
interface Found {
  readonly hooked: HookedProvider[];
  readonly jobs: FoundJob[];
}

/**
 * Finds what is leader-only in the application.
 *
 * @internal
 */
@Injectable()
export class LeaderOnlyExplorer {
  readonly #logger = new Logger('LeaderElection');
  readonly #discovery: DiscoveryService;
  readonly #module: ModuleRef;
  readonly #modules: ModulesContainer;
  readonly #elections: LeaderElectionRegistry;
  readonly #found = new Map<RegisteredElection, Found>();

  constructor(
    discovery: DiscoveryService,
    module: ModuleRef,
    modules: ModulesContainer,
    elections: LeaderElectionRegistry,
  ) {
    this.#discovery = discovery;
    this.#module = module;
    this.#modules = modules;
    this.#elections = elections;
  }

  /**
   * Takes leader-only methods out of the scheduler's sight. In time only before the first `onModuleInit` hook of the
   * application, which may be the scheduler's.
   */
  claimSchedules(): void {
    for (const type of classesOf(this.#discovery)) {
      // A class that extends a leader-only class may have scheduled methods of its own.
      if (leaderOnlyMetadata(type)) restrictScheduledMethods(type);
      // A decorator above @LeaderOnly() may have put a function of its own in the place of ours.
      for (const key of methodNames(type)) {
        const method = methodOf(type.prototype, key);
        if (leaderOnlyMetadata(method)) claimSchedule(method);
      }
    }
    for (const method of leaderOnlyMethods.items) claimSchedule(method);
  }

  /**
   * Gives the interceptor to gateways of `{ provide, useClass }`, which Nest before 11.2.8 does not: a standby would serve them.
   * In time only before the application begins to serve. To be dropped with support for those versions.
   */
  interceptClassProviders(): void {
    for (const { providers, injectables } of this.#modules.values()) {
      const isWanted = [...providers.values()].some(
        ({ metatype, isNotMetatype }) =>
          !isNotMetatype && isClass(metatype) && isIntercepted(metatype),
      );
      if (!isWanted || injectables.has(LeaderOnlyInterceptor)) continue;
      const token = LeaderOnlyInterceptor;
      const instance = new LeaderOnlyInterceptor(this.#module);
      // Nest may still have to load the injectables of this module, and finds them by their tokens.
      const wrapper = new InstanceWrapper({ token, name: token.name, instance, isResolved: true });
      injectables.set(token, wrapper);
    }
  }

  /**
   * Binds every instance, and finds hooks and jobs.
   *
   * @throws UnknownElectionError, LeaderOnlyUsageError
   */
  explore(): void {
    for (const found of instancesOf(this.#discovery)) this.#examine(found);
    for (const [{ duties }, { hooked }] of this.#found) duties.assignHooks(hooked);
  }

  /** The leader-only jobs of each election. */
  get jobs(): ReadonlyMap<RegisteredElection, readonly FoundJob[]> {
    return new Map([...this.#found].map(([election, { jobs }]) => [election, jobs]));
  }

  #examine({ wrapper, instance, type }: ApplicationInstance): void {
    const ofClass = leaderOnlyMetadata(type);
    const methods = methodNames(type).filter((key) => leaderOnlyMetadata(methodOf(instance, key)));
    const { onElected, onDemoted } = instance as Partial<OnElected & OnDemoted>;
    const hasHooks = typeof onElected === 'function' || typeof onDemoted === 'function';
    if (!ofClass && methods.length === 0) {
      if (hasHooks) this.#warnOfIdleHooks(type.name);
      return;
    }
    if (!isSingleton(wrapper) && !servesRequestsOnly(type, hasHooks)) {
      throw new LeaderOnlyUsageError(
        `@LeaderOnly() on ${type.name}: it is request-scoped or transient, so there is no one instance to start and ` +
          'stop; make it a singleton (and what it injects), or move the leader-only part to one',
      );
    }
    refuseSchedulesInSight(type, ofClass !== undefined);
    bind(instance, this.#module);
    if (ofClass && hasHooks) {
      const election = this.#elections.get(ofClass.election, usage(ofClass.election, type.name));
      this.#of(election).hooked.push({ name: type.name, instance });
    } else if (ofClass) {
      this.#elections.get(ofClass.election, usage(ofClass.election, type.name));
    } else if (hasHooks) {
      this.#warnOfIdleHooks(type.name);
    }
    for (const key of methods) this.#examineMethod(instance, key, `${type.name}.${key}`);
  }

  #examineMethod(instance: object, key: string, called: string): void {
    const method = methodOf(instance, key);
    const { election: name, catchUp = false } = leaderOnlyMetadata(method) ?? {};
    const election = this.#elections.get(name, usage(name, called));
    const schedule = claimedSchedule(method);
    if (catchUp && schedule?.type !== 'cron' && !isClassWide(instance)) {
      throw new LeaderOnlyUsageError(
        `@LeaderOnly({ catchUp: true }) on ${called}: only the ticks of a @Cron() job can be caught up on; add @Cron(), or ` +
          'leave catchUp out',
      );
    }
    if (!schedule) return;
    this.#of(election).jobs.push({
      name: schedule.name ?? this.#unusedName(called),
      method: called,
      schedule,
      catchUp,
      call: () => methodOf(instance, key).call(instance),
    });
  }

  #of(election: RegisteredElection): Found {
    const found = this.#found.get(election) ?? { hooked: [], jobs: [] };
    this.#found.set(election, found);
    return found;
  }

  /** A class that is provided twice has each of its unnamed jobs twice. */
  #unusedName(called: string): string {
    const names = new Set(
      [...this.#found.values()].flatMap(({ jobs }) => jobs.map(({ name }) => name)),
    );
    let name = called;
    for (let count = 2; names.has(name); count += 1) name = `${called}#${count}`;
    return name;
  }

  #warnOfIdleHooks(name: string): void {
    this.#logger.warn(
      `${name} has onElected() or onDemoted() but is not decorated with @LeaderOnly(), so they are never called`,
    );
  }
}

/** The scheduler has found them by now, and would start them on every instance. */
function refuseSchedulesInSight({ name, prototype }: ClassLike, ofClass: boolean): void {
  for (const key of methodNames({ prototype })) {
    const method = methodOf(prototype, key);
    if (!isLeftToScheduler(method) || !(ofClass || leaderOnlyMetadata(method))) continue;
    throw new LeaderOnlyUsageError(
      `${name}.${key}: scheduled, and leader-only only by what ${name} extends, or below another decorator; a factory ` +
        `makes it, so it is found too late. Make it a class provider, or decorate ${name} itself with @LeaderOnly()`,
    );
  }
}

/** Whether it is leader-only, or one of its methods. */
function isIntercepted(type: ClassLike): boolean {
  return (
    leaderOnlyMetadata(type) !== undefined ||
    methodNames(type).some((key) => leaderOnlyMetadata(methodOf(type.prototype, key)))
  );
}

/** A controller that is made for each request is asked, and not started and stopped. */
function servesRequestsOnly(type: { readonly prototype: object }, hasHooks: boolean): boolean {
  if (hasHooks || !Reflect.hasMetadata(CONTROLLER, type)) return false;
  return !methodNames(type).some((key) => isScheduled(methodOf(type.prototype, key)));
}

/** Where the whole class catches up, its intervals and timeouts are not meant. */
function isClassWide(instance: object): boolean {
  return leaderOnlyMetadata(instance.constructor)?.catchUp === true;
}

function usage(election: string | undefined, where: string): string {
  return `@LeaderOnly(${election === undefined ? '' : `'${election}'`}) on ${where}`;
}
