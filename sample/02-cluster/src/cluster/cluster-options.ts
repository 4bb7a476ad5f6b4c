export interface ClusterOptions {
  /** How many instances there are at the start. Default: 3. */
  readonly instances?: number;
  /** A database of one's own. Default: that of `DATABASE_URL`, or a throwaway one. */
  readonly databaseUrl?: string;
  /** Whether the instances' logs are printed. Default: false. */
  readonly logs?: boolean;
  /** What an instance runs. Default: the application in `instance/`. */
  readonly program?: URL;
}

export const CLUSTER_OPTIONS = Symbol('CLUSTER_OPTIONS');
