import type { ClusterTimings } from '../timings.js';
import type { Cluster } from './cluster.js';
import type { Happening } from './happening.js';

/** The first message of the stream. */
export interface SnapshotMessage {
  /** On the clock of the happenings, which a page cannot read in any other way. */
  readonly sentAt: number;
  readonly cluster: Cluster;
  /** The description of the database that the instances use. */
  readonly database: string;
  readonly canRestartServer: boolean;
  readonly timings: ClusterTimings;
}

/** All the others. */
export interface HappeningMessage {
  readonly sentAt: number;
  readonly happening: Happening;
}
