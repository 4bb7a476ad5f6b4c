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
}

/** Makes the options, for `LeaderElectionModule.forRootAsync({ useClass })` and `useExisting`. */
export interface LeaderElectionOptionsFactory {
  /** Called once, when the application starts. */
  createLeaderElectionOptions(): LeaderElectionModuleOptions | Promise<LeaderElectionModuleOptions>;
}
