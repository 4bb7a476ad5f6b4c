import type { ElectionOptions, InstanceOptions } from './core/options.js';

/** Options of {@link LeaderElectionModule}. Durations are in milliseconds. */
export interface LeaderElectionModuleOptions extends InstanceOptions {
  /**
   * The elections of this application: names, or objects. The one named `default`, or else the first, is the one that
   * `LeaderElectionService` and `@LeaderOnly()` mean when no name is given.
   * @default ['default']
   */
  readonly elections?: readonly (string | ElectionOptions)[] | undefined;
  /**
   * True: no database; this instance always leads. For local development.
   * @default false
   */
  readonly standalone?: boolean | undefined;
  /**
   * Where the jobs run that `@Cron()`, `@Interval()` and `@Timeout()` declare, also in modules that other packages bring.
   * `leader-only`: on the leader of the default election, as with `@LeaderOnly()` on each of them, but a direct call of such a
   * method is a plain call. A `@LeaderOnly()` on the method or its class says more, and `@EveryInstance()` the opposite.
   * @default 'every-instance'
   */
  readonly scheduledJobs?: 'every-instance' | 'leader-only' | undefined;
}

/** Makes the options, for `LeaderElectionModule.forRootAsync({ useClass })` and `useExisting`. */
export interface LeaderElectionOptionsFactory {
  /** Called once, when the application starts. */
  createLeaderElectionOptions(): LeaderElectionModuleOptions | Promise<LeaderElectionModuleOptions>;
}
