import { Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ApplicationScheduler } from './application-scheduler.js';

/**
 * A module of its own because its hook comes first, and that of `LeaderElectionModule` last. Nest calls hooks in the order of the
 * modules' distance from the root, the most distant first, and gives global modules, such as the scheduler's, the greatest number.
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
