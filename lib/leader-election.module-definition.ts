import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { LeaderElectionModuleOptions } from './leader-election.options.js';

export const {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN: LEADER_ELECTION_OPTIONS,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<LeaderElectionModuleOptions>({ moduleName: 'LeaderElection' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createLeaderElectionOptions')
  .setExtras(
    {
      /**
       * Whether every module of the application can inject the elections without importing this module. Decorators and
       * guards work in every module either way.
       * @default true
       */
      isGlobal: true,
    },
    (definition, { isGlobal }) => ({ ...definition, global: isGlobal }),
  )
  .build();
