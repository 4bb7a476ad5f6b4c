import type { ElectionOptions, InstanceOptions } from './core/options.js';

/** Options of {@link LeaderElectionModule}. Durations are in milliseconds. */
export interface LeaderElectionModuleOptions extends InstanceOptions {
  /**
   * The elections of this application, as names or objects. The default election, which `LeaderElectionService` and
   * `@LeaderOnly()` without a name refer to, is the one named `default`, or else the first.
   * @default ['default']
   */
  readonly elections?: readonly (string | ElectionOptions)[] | undefined;
  /**
   * If true, no database is used and this instance always leads. For local development.
   * @default false
   */
  readonly standalone?: boolean | undefined;
  /**
   * Where jobs with `@Cron()`, `@Interval()` or `@Timeout()` run, including those in modules of other packages. With
   * `leader-only` they run on the leader of the default election, as with `@LeaderOnly()`, but direct calls of the
   * methods are not restricted. `@LeaderOnly()` or `@EveryInstance()` on the method or its class overrides this option.
   * @default 'every-instance'
   */
  readonly scheduledJobs?: 'every-instance' | 'leader-only' | undefined;
}

/** Creates the options for `LeaderElectionModule.forRootAsync({ useClass })` and `useExisting`. */
export interface LeaderElectionOptionsFactory {
  /** Called once, when the application starts. */
  createLeaderElectionOptions(): LeaderElectionModuleOptions | Promise<LeaderElectionModuleOptions>;
}
