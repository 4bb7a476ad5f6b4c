import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LeaderOnlyExplorer } from './discovery/leader-only.explorer.js';
import { LeaderOnlyJobs } from './discovery/leader-only.jobs.js';
import { LeaderElectionLifecycle } from './leader-election.lifecycle.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
} from './leader-election.module-definition.js';
import { withNamedElections } from './leader-election.providers.js';
import { LeaderElectionRegistry } from './leader-election.registry.js';
import { LeaderElectionService } from './leader-election.service.js';
import { ApplicationSchedulerModule } from './scheduling/application-scheduler.module.js';

/**
 * Elects one leader among the running instances of the application, using a PostgreSQL advisory lock.
 *
 * An invalid option makes the start fail with an {@link InvalidOptionError}. An unreachable database does not: the
 * application starts as a standby, logs the error once, and joins when the database is reachable.
 */
@Module({
  imports: [DiscoveryModule, ApplicationSchedulerModule],
  providers: [
    LeaderElectionRegistry,
    LeaderOnlyExplorer,
    LeaderOnlyJobs,
    LeaderElectionLifecycle,
    {
      provide: LeaderElectionService,
      inject: [LeaderElectionRegistry],
      useFactory: (elections: LeaderElectionRegistry) =>
        elections.get(undefined, 'LeaderElectionService').service,
    },
  ],
  exports: [LeaderElectionRegistry, LeaderElectionService],
})
export class LeaderElectionModule extends ConfigurableModuleClass {
  /**
   * Configures the module. Call it once, with all elections of the application. The module is global by default
   * (`isGlobal`), so other modules need not import it.
   *
   * @example
   * ```ts
   * imports: [LeaderElectionModule.forRoot({ connection: process.env.DATABASE_URL })],
   * ```
   */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return withNamedElections(super.forRoot(options));
  }

  /**
   * As {@link forRoot}, with options from a factory: `useFactory` with `inject` and `imports`, or `useClass` or
   * `useExisting` with a {@link LeaderElectionOptionsFactory}.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return withNamedElections(super.forRootAsync(options));
  }
}
