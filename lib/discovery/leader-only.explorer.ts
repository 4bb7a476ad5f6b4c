import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { bind, runJob } from '../binding/bound-instances.js';
import {
  EVERY_INSTANCE,
  classMark,
  leaderOnly,
  leaderOnlyMetadata,
  mark,
  methodMark,
  partitionsOf,
  type LeaderOnlyMetadata,
  type Where,
} from '../binding/leader-only.metadata.js';
import type { PartitionSet } from '../core/partitions.js';
import { answerRefusals, restrictMethodsOf } from '../decorators/leader-only.decorator.js';
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
  type Application,
  type ApplicationInstance,
  type ClassLike,
} from '../nest/application-instances.js';
import { LeaderOnlyUsageError } from '../nest/leader-only-usage.error.js';
import { CONTROLLER, GATEWAY, GRAPHQL_TYPE } from '../nest/private-names.js';
import { LeaderOnlyInterceptor } from '../requests/leader-only.interceptor.js';
import { ApplicationScheduler, type InstanceMethod } from '../scheduling/application-scheduler.js';
import type { ScheduledMethod } from '../scheduling/leader-job.js';
import { scheduleOf, type Schedule } from '../scheduling/schedule-metadata.js';
import { CreatedInstances } from './created-instances.js';
import { refuseLossy, refuseOutOfReach, refuseWithoutPartition } from './leader-only.reach.js';

/** Of the default election. */
const ON_LEADER: LeaderOnlyMetadata = { election: undefined, catchUp: false };

mark(ApplicationScheduler, EVERY_INSTANCE);

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
  readonly #application: Application;
  readonly #module: ModuleRef;
  readonly #elections: LeaderElectionRegistry;
  readonly #scheduler: ApplicationScheduler;
  readonly #found = new Map<RegisteredElection, Found>();
  readonly #examined = new WeakSet<object>();
  readonly #created: CreatedInstances;
  #leaderOnlyClass: string | undefined;
  #hasExplored = false;

  constructor(
    discovery: DiscoveryService,
    module: ModuleRef,
    modules: ModulesContainer,
    elections: LeaderElectionRegistry,
    scheduler: ApplicationScheduler,
  ) {
    this.#application = { discovery, modules };
    this.#created = new CreatedInstances(modules);
    this.#module = module;
    this.#elections = elections;
    this.#scheduler = scheduler;
  }

  /**
   * Takes leader-only jobs from the scheduler. In time only before the first `onModuleInit` hook of the application.
   *
   * @throws LeaderOnlyUsageError before what is to be refused begins to work
   */
  takeJobs(): void {
    for (const type of classesOf(this.#application)) {
      refuseLossy(type);
      // A class that extends a leader-only class may have scheduled methods of its own.
      if (leaderOnlyMetadata(type)) restrictMethodsOf(type);
    }
    this.#scheduler.isTaken = (method) => this.#where(method) !== EVERY_INSTANCE;
    this.#created.watch();
  }

  /**
   * Makes controllers and gateways answer when something leader-only refuses them, on whichever of them it is called. In time
   * only before the application begins to serve.
   */
  answerRefusals(): void {
    for (const type of classesOf(this.#application)) {
      if (Reflect.hasMetadata(CONTROLLER, type) || Reflect.hasMetadata(GATEWAY, type))
        answerRefusals(type);
    }
  }

  /**
   * Gives the interceptor to gateways of `{ provide, useClass }`, which Nest before 11.2.8 does not: a standby would serve them.
   * In time only before the application begins to serve. To be dropped with support for those versions.
   */
  interceptClassProviders(): void {
    for (const { providers, injectables } of this.#application.modules.values()) {
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
   * To be called when the scheduler has looked for its jobs.
   *
   * @throws UnknownElectionError, LeaderOnlyUsageError
   */
  explore(): void {
    const left = this.#examineAll().flatMap((found) => this.#leftToScheduler(found));
    this.#created.decide((instance) => this.#examined.has(instance));
    const isSeen = ({ instance }: InstanceMethod) => this.#scheduler.hasSeen(instance);
    this.#refuse(left.filter(isSeen));
    // What was loaded while the application starts takes part, although the scheduler does not know it.
    const unseen = left.filter((job) => !isSeen(job));
    for (const job of [...this.#scheduler.taken, ...unseen]) this.#addJob(job);
    for (const [{ duties }, { hooked }] of this.#found) duties.assignHooks(hooked);
    this.#hasExplored = true;
    this.#watchLateModules();
  }

  /** The name of a class that is leader-only, or has a leader-only method, if there is one. */
  get leaderOnlyClass(): string | undefined {
    return this.#leaderOnlyClass;
  }

  /** The leader-only jobs of each election. */
  get jobs(): ReadonlyMap<RegisteredElection, readonly FoundJob[]> {
    return new Map([...this.#found].map(([election, { jobs }]) => [election, jobs]));
  }

  /**
   * Examines what a `LazyModuleLoader` loads from now on, and makes it reject where something would have to be started: Nest
   * does not start such modules either.
   */
  #watchLateModules(): void {
    const loader = this.#module.get(LazyModuleLoader, { strict: false });
    const load = loader.load.bind(loader);
    loader.load = async (...args) => {
      const loaded = await load(...args);
      this.#created.watch();
      this.#examineAll();
      return loaded;
    };
  }

  /** All that have not been examined yet. What has been refused is refused again: Nest may keep the module of it. */
  #examineAll(): readonly ApplicationInstance[] {
    const examined = [...instancesOf(this.#application)].filter(
      ({ instance }) => !this.#examined.has(instance),
    );
    for (const found of examined) {
      this.#examine(found);
      this.#examined.add(found.instance);
    }
    return examined;
  }

  #examine({ wrapper, instance, type }: ApplicationInstance): void {
    const ofClass = leaderOnly(classMark(type));
    const { prototype } = type;
    const methods = methodNames(type).filter((key) => leaderOnly(methodMark(prototype, key)));
    const { onElected, onDemoted } = instance as Partial<OnElected & OnDemoted>;
    const hasHooks = typeof onElected === 'function' || typeof onDemoted === 'function';
    const partitions = partitionsOf(type);
    if (!ofClass && !partitions && methods.length === 0) {
      if (hasHooks) this.#warnOfIdleHooks(type.name);
      return;
    }
    refuseWithoutPartition(type, hasHooks);
    if (!isSingleton(wrapper) && !servesRequestsOnly(type, hasHooks)) {
      throw new LeaderOnlyUsageError(
        `@LeaderOnly() on ${type.name}: it is request-scoped or transient, so there is no one instance to start and ` +
          'stop; make it a singleton (and what it injects), or move the leader-only part to one',
      );
    }
    if (ofClass) restrictMethodsOf(type); // Of what a factory has made, the class was not known before.
    bind(instance, this.#module);
    this.#leaderOnlyClass ??= type.name;
    if (ofClass && hasHooks) {
      const election = this.#elections.get(ofClass.election, usage(ofClass.election, type.name));
      this.#toStart(election, type.name).hooked.push({ name: type.name, instance });
    } else if (ofClass) {
      this.#elections.get(ofClass.election, usage(ofClass.election, type.name));
    } else if (partitions) {
      const elections = this.#elections.allOf(partitions, usage(partitions, type.name));
      for (const [number, election] of elections.entries())
        this.#toStart(election, type.name).hooked.push({
          name: `${type.name}[${number}]`,
          instance,
        });
    } else if (hasHooks) {
      this.#warnOfIdleHooks(type.name);
    }
    for (const key of methods) this.#examineMethod(instance, prototype, key, `${type.name}.${key}`);
    refuseLossy(type);
    refuseOutOfReach(type, hasHooks);
  }

  #examineMethod(instance: object, prototype: object, key: string, called: string): void {
    const marked = leaderOnly(methodMark(prototype, key));
    this.#elections.get(marked?.election, usage(marked?.election, called));
    const schedule = scheduleOf(methodOf(instance, key));
    if (schedule) this.#refuseLate(called);
    if (!schedule && scheduleOf(marked?.restricted)) {
      throw new LeaderOnlyUsageError(
        `${called}: leader-only and scheduled, but a decorator above both has put another function in the place of the ` +
          'method, where the scheduler finds no schedule; put @Cron(), @Interval() or @Timeout() above it',
      );
    }
    if (marked?.catchUp && schedule?.type !== 'cron' && !isClassWide(instance)) {
      throw new LeaderOnlyUsageError(
        `@LeaderOnly({ catchUp: true }) on ${called}: only the ticks of a @Cron() job can be caught up on; add @Cron(), or ` +
          'leave catchUp out',
      );
    }
  }

  /** The leader-only jobs that were not taken from the scheduler: it starts them on every instance, or none does. */
  #leftToScheduler({ wrapper, instance, type }: ApplicationInstance): readonly InstanceMethod[] {
    if (!wrapper.isDependencyTreeStatic()) return []; // It warns of their jobs, and does not start them.
    return methodNames(type)
      .filter(
        (key) =>
          scheduleOf(methodOf(instance, key)) && !this.#scheduler.hasTaken({ instance, key }),
      )
      .filter((key) =>
        leaderOnly(
          this.#scheduler.registry && this.#scheduler.hasSeen(instance)
            ? this.#where({ instance, key })
            : whereRuns(instance, key),
        ),
      )
      .map((key) => ({ instance, key }));
  }

  #refuse(jobs: readonly InstanceMethod[]): void {
    if (jobs.length === 0) return;
    const names = jobs.map(({ instance, key }) => `${instance.constructor.name}.${key}`).join(', ');
    throw new LeaderOnlyUsageError(
      this.#scheduler.registry
        ? `${names}: scheduled and leader-only, but the scheduler of this application would start it on every ` +
            'instance; use ScheduleModule.forRoot() of @nestjs/schedule 6 or 12, and leave its providers as they are'
        : `${names}: scheduled and leader-only, but there is no scheduler; add ScheduleModule.forRoot() of ` +
            '@nestjs/schedule to the imports of a module',
    );
  }

  /** Where nothing is said about a job, the option `scheduledJobs` decides. */
  #where({ instance, key }: InstanceMethod): Where {
    const byOption = this.#elections.scheduledJobs === 'leader-only' ? ON_LEADER : EVERY_INSTANCE;
    return whereRuns(instance, key) ?? byOption;
  }

  #addJob({ instance, key }: InstanceMethod): void {
    const called = `${instance.constructor.name}.${key}`;
    const { election: name, catchUp } = this.#where({ instance, key }) as LeaderOnlyMetadata;
    const election = this.#elections.get(name, usage(name, called));
    const schedule = scheduleOf(methodOf(instance, key)) as Schedule;
    const run = (...args: readonly unknown[]) =>
      runJob(this.#elections, () => methodOf(instance, key).apply(instance, [...args]));
    this.#toStart(election, called).jobs.push({
      name: schedule.name ?? this.#unusedName(called),
      method: called,
      schedule,
      catchUp,
      // What is @LeaderOnly() checks the leadership by itself.
      call: whereRuns(instance, key)
        ? run
        : (...args) => runIfLeading(election, called, () => run(...args)),
    });
  }

  #refuseLate(what: string): void {
    if (!this.#hasExplored) return;
    throw new LeaderOnlyUsageError(
      `${what} is leader-only and was loaded after the application has started (LazyModuleLoader), so this instance ` +
        'would never start it; import its module in a module that the application starts with',
    );
  }

  #toStart(election: RegisteredElection, what: string): Found {
    this.#refuseLate(what);
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

/** What decorators say about a method of an instance: those of the method before those of its class. */
function whereRuns(instance: object, key: string): Where | undefined {
  return (
    methodMark(Object.getPrototypeOf(instance) as object, key) ?? classMark(instance.constructor)
  );
}

/** A job is called by nothing else: a call by the application is a plain one. */
function runIfLeading(
  { service, duties }: RegisteredElection,
  name: string,
  run: () => unknown,
): unknown {
  const { leadership } = service;
  return leadership && duties.work.run(name, leadership, run);
}

/** Whether it is leader-only, or one of its methods. */
function isIntercepted(type: ClassLike): boolean {
  return (
    leaderOnlyMetadata(type) !== undefined ||
    methodNames(type).some((key) => leaderOnlyMetadata(methodOf(type.prototype, key)))
  );
}

/** A controller or a resolver that is made for each request is asked, and not started and stopped. */
function servesRequestsOnly(type: { readonly prototype: object }, hasHooks: boolean): boolean {
  if (hasHooks || ![CONTROLLER, GRAPHQL_TYPE].some((key) => Reflect.hasMetadata(key, type)))
    return false;
  return !methodNames(type).some((key) => scheduleOf(methodOf(type.prototype, key)));
}

/** Where the whole class catches up, its intervals and timeouts are not meant. */
function isClassWide(instance: object): boolean {
  return leaderOnlyMetadata(instance.constructor)?.catchUp === true;
}

function usage(election: string | PartitionSet | undefined, where: string): string {
  const written = typeof election === 'string' ? `'${election}'` : String(election ?? '');
  return `@LeaderOnly(${written}) on ${where}`;
}
