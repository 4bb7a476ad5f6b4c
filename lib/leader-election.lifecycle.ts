import {
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import { userOfElections } from './binding/registry-lookup.js';
import { LeaderOnlyExplorer } from './discovery/leader-only.explorer.js';
import { LeaderOnlyJobs } from './discovery/leader-only.jobs.js';
import { provideRemainingElections, refuseReplacedServices } from './leader-election.providers.js';
import { LeaderElectionRegistry } from './leader-election.registry.js';
import { InitialisationWatch } from './nest/initialisation-watch.js';
import { LeaderOnlyUsageError } from './nest/leader-only-usage.error.js';
import { MODULE_OVERRIDES } from './nest/private-names.js';

/**
 * Starts the elections after everything else in the application has started, and stops them before anything else stops:
 * what duties use (a database pool, say) lives longer than the duties.
 *
 * @internal
 */
@Injectable()
export class LeaderElectionLifecycle
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy
{
  readonly #elections: LeaderElectionRegistry;
  readonly #explorer: LeaderOnlyExplorer;
  readonly #jobs: LeaderOnlyJobs;
  readonly #modules: ModulesContainer;
  readonly #module: Module;
  readonly #moduleRef: ModuleRef;
  readonly #initialisation: InitialisationWatch;
  #isInitialised = false;
  #isBootstrapped = false;

  constructor(
    elections: LeaderElectionRegistry,
    explorer: LeaderOnlyExplorer,
    jobs: LeaderOnlyJobs,
    modules: ModulesContainer,
    moduleRef: ModuleRef,
  ) {
    this.#elections = elections;
    this.#explorer = explorer;
    this.#jobs = jobs;
    this.#modules = modules;
    this.#moduleRef = moduleRef;
    this.#initialisation = new InitialisationWatch(modules);
    refuseLate(modules);
    this.#module = onlyModule(modules);
    startLastAndStopFirst(this.#module);
    provideRemainingElections(this.#module, elections);
    explorer.takeJobs();
    explorer.answerRefusals();
    explorer.interceptClassProviders();
  }

  /** Twice in a hybrid application whose microservices have initialised it already (`deferInitialization`). */
  onModuleInit(): void {
    this.#initialisation.end();
    if (this.#isInitialised) return;
    this.#isInitialised = true;
    refuseOverride(this.#module, this.#moduleRef.get(LazyModuleLoader, { strict: false }));
    this.#explorer.explore();
    const user = this.#explorer.leaderOnlyClass ?? userOfElections(this.#modules);
    refuseReplacedServices(this.#module, this.#elections, user);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.#isBootstrapped) return;
    this.#isBootstrapped = true;
    this.#jobs.mount();
    await this.#elections.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#initialisation.end();
    await this.#elections.stop();
  }
}

/** In a test. Nest compares what is to be replaced with what is imported, and says nothing where they differ. */
function refuseOverride({ metatype }: Module, loader: LazyModuleLoader): void {
  const overrides = (loader as unknown as Readonly<Record<string, unknown>>)[MODULE_OVERRIDES];
  for (const { moduleToReplace } of (overrides ?? []) as readonly { moduleToReplace: unknown }[]) {
    if (moduleToReplace !== metatype) continue;
    throw new LeaderOnlyUsageError(
      'overrideModule(LeaderElectionModule) replaces nothing, because modules import what forRoot() returned and not the ' +
        'class; import LeaderElectionTestingModule.forApp() beside them instead',
    );
  }
}

/** Nest calls no hooks of modules that a `LazyModuleLoader` loads: the application's root does not lead to them. */
function refuseLate(modules: ModulesContainer): void {
  // The first is Nest's own.
  const root = [...modules.values()].slice(0, 2);
  const reached = new Set<Module>(root);
  for (const module of reached) for (const imported of module.imports) reached.add(imported);
  if ([...reached].some(hasLifecycle)) return;
  throw new LeaderOnlyUsageError(
    'LeaderElectionModule was loaded after the application (LazyModuleLoader), so its elections would never start; import ' +
      'it in the root module',
  );
}

/** Two of them would contend with each other, and what is leader-only would obey one and be started by the other. */
function onlyModule(modules: ModulesContainer): Module {
  const [module, another] = [...modules.values()].filter(hasLifecycle);
  if (module && !another) return module;
  throw new LeaderOnlyUsageError(
    'LeaderElectionModule is imported more than once; call forRoot() or forRootAsync() once, with all elections in its ' +
      'option `elections`, and import what it returned wherever it is needed',
  );
}

function hasLifecycle({ providers }: Module): boolean {
  return providers.has(LeaderElectionLifecycle);
}

/**
 * Nest calls the hooks of a start in the order of the modules' distance from the root, the most distant first, and those
 * of a shutdown in reverse. It puts a global module at the greatest distance; we want the very opposite.
 */
function startLastAndStopFirst(module: Module): void {
  module.distance = -1;
}
