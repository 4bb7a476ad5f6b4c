import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import { hasMethods } from '../core/common/has-methods.js';
import { methodOf } from '../nest/application-instances.js';
import { allOf } from './all-registries.js';
import { scheduleCron, scheduleOf, type Schedule } from './schedule-metadata.js';
import type { CronJobClass, SchedulerRegistry } from './scheduler.js';

/** The token of the options of `ScheduleModule.forRoot()`. */
const OPTIONS = 'SCHEDULE_MODULE_OPTIONS';

/** The name of a cron job that never runs. */
const SPECIMEN = 'nestjs-leader-election specimen';

/** The part of @nestjs/schedule's `ScheduleExplorer` used here. It examines methods of providers and controllers. */
interface ScheduleExplorer {
  /** @param instance any value that the application provides, such as a string or a number */
  lookupSchedulers(instance: unknown, key: string): void;
}

/** A method of one object. */
export interface InstanceMethod {
  readonly instance: object;
  readonly key: string;
}

/**
 * The scheduler that `ScheduleModule.forRoot()` of @nestjs/schedule adds to the application. Nothing is imported from
 * that package: it is optional, and the application's copy need not be the one that we would import.
 *
 * Its own hook runs before any other hook of the application (see `ApplicationSchedulerModule`), when every object has
 * been created and the scheduler has not looked for jobs yet. From then on, the scheduler does not see the jobs that
 * are taken from it.
 *
 * @internal
 */
@Injectable()
export class ApplicationScheduler implements OnModuleInit {
  readonly #modules: ModulesContainer;
  readonly #taken = new Map<object, Set<string>>();
  readonly #seen = new WeakSet<object>();
  #isWatched = false;

  /** Which scheduled methods are taken from the scheduler. Set it before the first hook of the application. */
  isTaken: (method: InstanceMethod) => boolean = () => false;

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  onModuleInit(): void {
    for (const explorer of this.#made(isScheduleExplorer)) this.#hideTakenFrom(explorer);
  }

  /** The jobs that were taken from the scheduler, in its order. Complete when the scheduler has looked for jobs. */
  get taken(): readonly InstanceMethod[] {
    return [...this.#taken].flatMap(([instance, keys]) =>
      [...keys].map((key) => ({ instance, key })),
    );
  }

  hasTaken({ instance, key }: InstanceMethod): boolean {
    return this.#taken.get(instance)?.has(key) === true;
  }

  /** Whether the scheduler has looked for the jobs of an object. It has not if the object was loaded later. */
  hasSeen(instance: object): boolean {
    return !this.#isWatched || this.#seen.has(instance);
  }

  /** Undefined if the application has no scheduler. */
  get registry(): SchedulerRegistry | undefined {
    const registries = this.#made(isSchedulerRegistry);
    return registries.length === 0 ? undefined : allOf(registries);
  }

  /** Which kinds of schedules are enabled: `ScheduleModule.forRoot({ cronJobs: false, … })` disables them. */
  get enabled(): Readonly<Record<Schedule['type'], boolean>> {
    const all = this.#scheduleModules.map(
      ({ providers }) =>
        providers.get(OPTIONS)?.instance as
          { cronJobs?: boolean; intervals?: boolean; timeouts?: boolean } | undefined,
    );
    return {
      cron: all.some((options) => options?.cronJobs !== false),
      interval: all.some((options) => options?.intervals !== false),
      timeout: all.some((options) => options?.timeouts !== false),
    };
  }

  /**
   * The class of the scheduler's cron jobs, taken from the job that the scheduler has created for {@link specimen}. So
   * it is from the scheduler's own copy of the package `cron`, wherever a package manager or a bundler has put that.
   *
   * Call it once, when the scheduler has created its jobs. Undefined if the scheduler creates no cron jobs.
   */
  takeCronJobClass(): CronJobClass | undefined {
    const { registry } = this;
    if (!registry?.doesExist('cron', SPECIMEN)) return undefined;
    const specimen = registry.getCronJob(SPECIMEN);
    registry.deleteCronJob(SPECIMEN);
    return specimen.constructor as unknown as CronJobClass;
  }

  /** Never called. */
  specimen(this: void): void {
    // See takeCronJobClass().
  }

  /** Each import of `ScheduleModule.forRoot()` is a separate module with its own scheduler. */
  get #scheduleModules(): readonly Module[] {
    return [...this.#modules.values()].filter(({ providers }) => providers.has(OPTIONS));
  }

  /** Recognises the scheduler's classes by their methods: a bundler may have changed their names. */
  #made<T>(is: (instance: unknown) => instance is T): readonly T[] {
    return this.#scheduleModules.flatMap(({ providers }) => {
      const instances = [...providers.values()].map(({ instance }) => instance);
      return instances.filter(is);
    });
  }

  /** Patches only this application's scheduler: another one in the process may run the same class on every instance. */
  #hideTakenFrom(explorer: ScheduleExplorer): void {
    const lookUp = explorer.lookupSchedulers.bind(explorer);
    this.#isWatched = true;
    explorer.lookupSchedulers = (instance, key) => {
      if (isObject(instance)) {
        this.#seen.add(instance);
        if (this.#take({ instance, key })) return;
      }
      lookUp(instance, key);
    };
  }

  #take(method: InstanceMethod): boolean {
    const { instance, key } = method;
    if (!scheduleOf(methodOf(instance, key)) || !this.isTaken(method)) return false;
    const keys = this.#taken.get(instance) ?? new Set();
    this.#taken.set(instance, keys.add(key));
    return true;
  }
}

scheduleCron(ApplicationScheduler.prototype.specimen, {
  name: SPECIMEN,
  cronTime: '0 0 1 1 *',
  disabled: true,
});

const isScheduleExplorer = withMethods<ScheduleExplorer>('explore', 'lookupSchedulers');
const isSchedulerRegistry = withMethods<SchedulerRegistry>(
  'doesExist',
  'getCronJob',
  'addCronJob',
  'addInterval',
  'addTimeout',
);

function withMethods<T>(...names: readonly string[]) {
  return (instance: unknown): instance is T => hasMethods(instance, names);
}

/** An object or a function: anything that can have properties. */
function isObject(value: unknown): value is object {
  return Object(value) === value;
}
