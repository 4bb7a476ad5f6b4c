import {
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import { LeaderOnlyExplorer } from './discovery/leader-only.explorer.js';
import { LeaderOnlyJobs } from './discovery/leader-only.jobs.js';
import { provideRemainingElections } from './leader-election.providers.js';
import { LeaderElectionRegistry } from './leader-election.registry.js';
import { LeaderOnlyUsageError } from './nest/leader-only-usage.error.js';

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

  constructor(
    elections: LeaderElectionRegistry,
    explorer: LeaderOnlyExplorer,
    jobs: LeaderOnlyJobs,
    modules: ModulesContainer,
  ) {
    this.#elections = elections;
    this.#explorer = explorer;
    this.#jobs = jobs;
    const module = onlyModule(modules);
    startLastAndStopFirst(module);
    provideRemainingElections(module, elections);
    explorer.takeJobs();
    explorer.interceptClassProviders();
  }

  onModuleInit(): void {
    this.#explorer.explore();
  }

  async onApplicationBootstrap(): Promise<void> {
    this.#jobs.mount();
    await this.#elections.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#elections.stop();
  }
}

/** Two of them would contend with each other, and what is leader-only would obey one and be started by the other. */
function onlyModule(modules: ModulesContainer): Module {
  const [module, another] = [...modules.values()].filter(({ providers }) =>
    providers.has(LeaderElectionLifecycle),
  );
  if (module && !another) return module;
  throw new LeaderOnlyUsageError(
    'LeaderElectionModule is imported more than once; call forRoot() or forRootAsync() once, with all elections in its ' +
      'option `elections`, and import what it returned wherever it is needed',
  );
}

/**
 * Nest calls the hooks of a start in the order of the modules' distance from the root, the most distant first, and those
 * of a shutdown in reverse. It puts a global module at the greatest distance; we want the very opposite.
 */
function startLastAndStopFirst(module: Module): void {
  module.distance = -1;
}
