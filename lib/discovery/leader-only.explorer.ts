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

/** Leader-only, in the default election. */
const ON_LEADER: LeaderOnlyMetadata = { election: undefined, catchUp: false };

mark(ApplicationScheduler, EVERY_INSTANCE);

/** A scheduled method that is leader-only. */
export interface FoundJob extends ScheduledMethod {
  /** The method, as `Class.method`. */
  readonly method: string;
}

/** The hooks and jobs of an election, as found in the application. */
interface Found {
  readonly hooked: HookedProvider[];
  readonly jobs: FoundJob[];
}

/**
 * Finds the leader-only classes and methods of the application.
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
   * Takes leader-only jobs from the scheduler. Must run before the first `onModuleInit` hook of the application.
   *
   * @throws LeaderOnlyUsageError for handlers that can't be leader-only, before they begin to run
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
   * Makes all controllers and gateways respond properly when leader-only code that they call throws `NotLeaderError`.
   * Must run before the application begins to serve.
   */
  answerRefusals(): void {
    for (const type of classesOf(this.#application)) {
      if (Reflect.hasMetadata(CONTROLLER, type) || Reflect.hasMetadata(GATEWAY, type))
        answerRefusals(type);
    }
  }

  /**
   * Adds the interceptor to gateways of `{ provide, useClass }`, which Nest before 11.2.8 does not do: a standby would
   * serve them. Must run before the application begins to serve. Remove it with the support for those versions.
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
      // Nest may not have loaded the injectables of this module yet, and finds them by their tokens.
      const wrapper = new InstanceWrapper({ token, name: token.name, instance, isResolved: true });
      injectables.set(token, wrapper);
    }
  }

  /**
   * Binds every object, and finds hooks and jobs.
   *
   * Call it when the scheduler has looked for its jobs.
   *
   * @throws UnknownElectionError, LeaderOnlyUsageError
   */
  explore(): void {
    const left = this.#examineAll().flatMap((found) => this.#leftToScheduler(found));
    this.#created.decide((instance) => this.#examined.has(instance));
    const isSeen = ({ instance }: InstanceMethod) => this.#scheduler.hasSeen(instance);
    this.#refuse(left.filter(isSeen));
    // Includes jobs that were loaded while the application starts, which the scheduler has not seen.
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
   * Examines the modules that `LazyModuleLoader` loads from now on, and makes it reject if something would have to be
   * started: Nest does not start such modules either.
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

  /** Examines all new objects. A refused object is refused again, because Nest may keep its module. */
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
        `@LeaderOnly() on ${type.name}: the class is request-scoped or transient, so there is no single object to ` +
          'start and stop; make it and its dependencies singletons, or move the leader-only part to a singleton',
      );
    }
    if (ofClass) restrictMethodsOf(type); // The class of an object that a factory created was not known before.
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
        `${called}: scheduled and leader-only, but a decorator above both replaces the method with a function that ` +
          'has no schedule; put @Cron(), @Interval() or @Timeout() above that decorator',
      );
    }
    if (marked?.catchUp && schedule?.type !== 'cron' && !isClassWide(instance)) {
      throw new LeaderOnlyUsageError(
        `@LeaderOnly({ catchUp: true }) on ${called}: only @Cron() jobs can catch up; add @Cron(), or remove catchUp`,
      );
    }
  }

  /** The leader-only jobs that were not taken from the scheduler: it starts them on every instance, or nothing does. */
  #leftToScheduler({ wrapper, instance, type }: ApplicationInstance): readonly InstanceMethod[] {
    if (!wrapper.isDependencyTreeStatic()) return []; // The scheduler warns about their jobs, and does not start them.
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
            "instance; use ScheduleModule.forRoot() of @nestjs/schedule 6 or 12, and don't replace its providers"
        : `${names}: scheduled and leader-only, but there is no scheduler; add ScheduleModule.forRoot() of ` +
            '@nestjs/schedule to the imports of a module',
    );
  }

  /** For a job without a decorator, the option `scheduledJobs` decides. */
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
      // A method with @LeaderOnly() checks the leadership itself.
      call: whereRuns(instance, key)
        ? run
        : (...args) => runIfLeading(election, called, () => run(...args)),
    });
  }

  #refuseLate(what: string): void {
    if (!this.#hasExplored) return;
    throw new LeaderOnlyUsageError(
      `${what} is leader-only and was loaded after the application started (LazyModuleLoader), so it would never be ` +
        'started; import its module in the root module, or in another one that is not loaded lazily',
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

/** The metadata of a method, or else of its class. */
function whereRuns(instance: object, key: string): Where | undefined {
  return (
    methodMark(Object.getPrototypeOf(instance) as object, key) ?? classMark(instance.constructor)
  );
}

/** Only for scheduled runs: direct calls by the application are not restricted. */
function runIfLeading(
  { service, duties }: RegisteredElection,
  name: string,
  run: () => unknown,
): unknown {
  const { leadership } = service;
  return leadership && duties.work.run(name, leadership, run);
}

/** Whether the class or one of its methods is leader-only. */
function isIntercepted(type: ClassLike): boolean {
  return (
    leaderOnlyMetadata(type) !== undefined ||
    methodNames(type).some((key) => leaderOnlyMetadata(methodOf(type.prototype, key)))
  );
}

/** Whether it is a controller or a resolver without anything to start and stop, so that it may be request-scoped. */
function servesRequestsOnly(type: { readonly prototype: object }, hasHooks: boolean): boolean {
  if (hasHooks || ![CONTROLLER, GRAPHQL_TYPE].some((key) => Reflect.hasMetadata(key, type)))
    return false;
  return !methodNames(type).some((key) => scheduleOf(methodOf(type.prototype, key)));
}

/** `catchUp` on a class does not concern its intervals and timeouts. */
function isClassWide(instance: object): boolean {
  return leaderOnlyMetadata(instance.constructor)?.catchUp === true;
}

function usage(election: string | PartitionSet | undefined, where: string): string {
  const written = typeof election === 'string' ? `'${election}'` : String(election ?? '');
  return `@LeaderOnly(${written}) on ${where}`;
}
