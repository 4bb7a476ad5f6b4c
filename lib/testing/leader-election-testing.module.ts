import { Module, type DynamicModule } from '@nestjs/common';
import { LeaderElectionModule } from '../leader-election.module.js';
import type { LeaderElectionModuleOptions } from '../leader-election.options.js';
import { TestBackend } from '../leader-election.test-backend.js';
import { LeaderElectionTesting } from './leader-election-testing.js';
import {
  BACKEND_OPTIONS,
  TestingBackend,
  type LeaderElectionStageOptions,
} from './testing-backend.js';

/** Options of {@link LeaderElectionTestingModule}. */
export interface LeaderElectionTestingOptions
  extends
    LeaderElectionStageOptions,
    Pick<
      LeaderElectionModuleOptions,
      'address' | 'candidate' | 'elections' | 'metrics' | 'scheduledJobs' | 'stopTimeout'
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
        { provide: BACKEND_OPTIONS, useValue: options },
        TestingBackend,
        { provide: TestBackend, useExisting: TestingBackend },
        LeaderElectionTesting,
      ],
      exports: [TestBackend, LeaderElectionTesting],
    };
  }
}
