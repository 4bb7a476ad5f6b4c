import { Module, type DynamicModule } from '@nestjs/common';
import type { LeaderElectionModuleOptions } from '../leader-election.options.js';
import { LeaderElectionModule } from '../leader-election.module.js';
import { Stage } from '../leader-election.test-backend.js';
import { LeaderElectionTesting } from './leader-election-testing.js';
import { STAGE_OPTIONS, TestingStage, type LeaderElectionStageOptions } from './testing-backend.js';

/** Options of {@link LeaderElectionTestingModule}. */
export interface LeaderElectionTestingOptions
  extends
    LeaderElectionStageOptions,
    Pick<
      LeaderElectionModuleOptions,
      'address' | 'candidate' | 'elections' | 'metrics' | 'stopTimeout'
    > {
  /**
   * The name of this instance.
   * @default 'this-instance'
   */
  readonly instanceId?: string | undefined;
}

/**
 * The elections of an application under test: real hooks, jobs and guards, and no database. A test elects and demotes by
 * hand, with {@link LeaderElectionTesting}.
 */
@Module({})
export class LeaderElectionTestingModule {
  /** In place of `LeaderElectionModule`. */
  static forRoot(options: LeaderElectionTestingOptions = {}): DynamicModule {
    const { leader, query, instanceId = 'this-instance', ...others } = options;
    return {
      ...this.forApp({ leader, query }),
      imports: [LeaderElectionModule.forRoot({ ...others, instanceId, standalone: true })],
    };
  }

  /**
   * Beside the whole application, whose own `LeaderElectionModule` stays as it is, with its options: it is only kept from
   * its database.
   */
  static forApp(options: LeaderElectionStageOptions = {}): DynamicModule {
    return {
      module: LeaderElectionTestingModule,
      global: true,
      providers: [
        { provide: STAGE_OPTIONS, useValue: options },
        TestingStage,
        { provide: Stage, useExisting: TestingStage },
        LeaderElectionTesting,
      ],
      exports: [Stage, LeaderElectionTesting],
    };
  }
}
