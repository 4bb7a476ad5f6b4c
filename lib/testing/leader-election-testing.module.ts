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
 * Runs the elections of an application under test, with real hooks, jobs and guards, but no database. The test elects
 * and demotes this instance with {@link LeaderElectionTesting}.
 *
 * @example
 * ```ts
 * const moduleRef = await Test.createTestingModule({
 *   imports: [LeaderElectionTestingModule.forRoot()],
 *   providers: [ReportsService],
 * }).compile();
 * await moduleRef.init();
 * await moduleRef.get(LeaderElectionTesting).elect();
 * ```
 */
@Module({})
export class LeaderElectionTestingModule {
  /** Import it instead of `LeaderElectionModule`. */
  static forRoot(options: LeaderElectionTestingOptions = {}): DynamicModule {
    const { leader, query, instanceId = 'this-instance', ...others } = options;
    return {
      ...this.forApp({ leader, query }),
      imports: [LeaderElectionModule.forRoot({ ...others, instanceId, standalone: true })],
    };
  }

  /**
   * Import it together with the module of the whole application. Its `LeaderElectionModule` keeps its options, but does
   * not connect to the database.
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
