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
 * Starts the elections after everything else in the application has started, and stops them before anything else stops,
 * so that everything the duties use (a database pool, say) outlives them.
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

  /** Called twice in a hybrid application that its microservices have already initialised (`deferInitialization`). */
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

/** For tests: Nest compares the module to replace with the imported modules, and does not report a mismatch. */
function refuseOverride({ metatype }: Module, loader: LazyModuleLoader): void {
  const overrides = (loader as unknown as Readonly<Record<string, unknown>>)[MODULE_OVERRIDES];
  for (const { moduleToReplace } of (overrides ?? []) as readonly { moduleToReplace: unknown }[]) {
    if (moduleToReplace !== metatype) continue;
    throw new LeaderOnlyUsageError(
      'overrideModule(LeaderElectionModule) has no effect: modules import the dynamic module that forRoot() returns, ' +
        'not the class; import LeaderElectionTestingModule.forApp() in the test instead',
    );
  }
}

/** Nest calls no hooks of modules loaded with `LazyModuleLoader`, because the root module does not import them. */
function refuseLate(modules: ModulesContainer): void {
  // The first module is Nest's own.
  const root = [...modules.values()].slice(0, 2);
  const reached = new Set<Module>(root);
  for (const module of reached) for (const imported of module.imports) reached.add(imported);
  if ([...reached].some(hasLifecycle)) return;
  throw new LeaderOnlyUsageError(
    'LeaderElectionModule was loaded with LazyModuleLoader, so its elections would never start; import it in the ' +
      'root module',
  );
}

/** Two of them would compete with each other, and leader-only code would check one and be started by the other. */
function onlyModule(modules: ModulesContainer): Module {
  const [module, another] = [...modules.values()].filter(hasLifecycle);
  if (module && !another) return module;
  throw new LeaderOnlyUsageError(
    'LeaderElectionModule is imported more than once; call forRoot() or forRootAsync() once, with all elections in ' +
      'the option `elections`, and import the returned module wherever it is needed',
  );
}

function hasLifecycle({ providers }: Module): boolean {
  return providers.has(LeaderElectionLifecycle);
}

/**
 * At start, Nest calls hooks in order of the modules' distance from the root, the most distant first; at shutdown, in
 * reverse order. It gives global modules the greatest distance. We need the opposite.
 */
function startLastAndStopFirst(module: Module): void {
  module.distance = -1;
}
