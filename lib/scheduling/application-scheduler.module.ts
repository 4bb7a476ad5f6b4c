import { Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ApplicationScheduler } from './application-scheduler.js';

/**
 * A separate module, because its hook must run first, and that of `LeaderElectionModule` last. Nest calls hooks in
 * order of the modules' distance from the root, the most distant first, and gives global modules, such as the
 * scheduler's, the greatest distance.
 *
 * @internal
 */
@Module({ providers: [ApplicationScheduler], exports: [ApplicationScheduler] })
export class ApplicationSchedulerModule {
  constructor(modules: ModulesContainer) {
    for (const module of modules.values())
      if (module.metatype === ApplicationSchedulerModule) module.distance = Infinity;
  }
}
