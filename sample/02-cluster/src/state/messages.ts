import type { ClusterTimings } from '../timings.js';
import type { Cluster } from './cluster.js';
import type { Happening } from './happening.js';

/** The first message of the stream. */
export interface SnapshotMessage {
  /** By the clock of the happenings, which a page has no other way to know. */
  readonly sentAt: number;
  readonly cluster: Cluster;
  /** What the instances meet on. */
  readonly database: string;
  readonly canRestartServer: boolean;
  readonly timings: ClusterTimings;
}

/** Every other one. */
export interface HappeningMessage {
  readonly sentAt: number;
  readonly happening: Happening;
}
