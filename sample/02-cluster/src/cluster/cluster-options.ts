import type { Program } from '../../../../tooling/instances/instance.mjs';
import type { ClusterTimings } from '../timings.js';

export interface ClusterOptions {
  /** How many instances are started at the beginning. Default: 3. */
  readonly instances?: number;
  /** Your own database. Default: that of `DATABASE_URL`, or a throwaway one. */
  readonly databaseUrl?: string | undefined;
  /** Receives the output of the instances. Default: the output is discarded. */
  readonly log?: ((text: string) => void) | undefined;
  /** What an instance runs. Default: the application in `instance/`. */
  readonly program?: Program;
  /** The program's. Default: those of the application in `instance/`. */
  readonly timings?: ClusterTimings;
  /** How many milliseconds after its end an instance is started again, unless that is switched off. Default: 5 s. */
  readonly restartDelay?: number;
}

export const CLUSTER_OPTIONS = Symbol('CLUSTER_OPTIONS');
