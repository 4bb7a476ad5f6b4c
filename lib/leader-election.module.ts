import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import {
  getLeaderElectionToken,
  injectedElections,
} from './decorators/inject-leader-election.decorator.js';
import { LeaderElectionLifecycle } from './leader-election.lifecycle.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
} from './leader-election.module-definition.js';
import { LeaderElectionService } from './leader-election.service.js';
import { LeaderElections } from './leader-elections.js';
import { LeaderOnlyExplorer } from './leader-only.explorer.js';

/**
 * Elects one leader among the running instances of the application, through a PostgreSQL advisory lock.
 *
 * A wrong option fails at start, with an {@link InvalidOptionError}. An unreachable database does not: the application
 * starts as a standby, says so once in the log, and joins when the database is there.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    LeaderElections,
    LeaderOnlyExplorer,
    LeaderElectionLifecycle,
    {
      provide: LeaderElectionService,
      inject: [LeaderElections],
      useFactory: (elections: LeaderElections) =>
        elections.get(undefined, 'LeaderElectionService').service,
    },
  ],
  exports: [LeaderElections, LeaderElectionService],
})
export class LeaderElectionModule extends ConfigurableModuleClass {
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return withNamedElections(super.forRoot(options));
  }

  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return withNamedElections(super.forRootAsync(options));
  }
}

/**
 * A provider for each election that is injected by name. Decorators have run by now, since a module is imported after
 * the classes that it names.
 */
function withNamedElections(definition: DynamicModule): DynamicModule {
  const services: Provider[] = injectedElections().map((name) => ({
    provide: getLeaderElectionToken(name),
    inject: [LeaderElections],
    useFactory: (elections: LeaderElections) =>
      elections.get(name, `@InjectLeaderElection('${name}')`).service,
  }));
  return {
    ...definition,
    providers: [...(definition.providers ?? []), ...services],
    exports: [
      ...(definition.exports ?? []),
      ...services.map((service) => (service as { provide: string }).provide),
    ],
  };
}
