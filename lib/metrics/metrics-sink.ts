import type { LossReason } from '../election/leadership.js';

/** Which election, instance and term a figure belongs to. */
export interface MetricsContext {
  readonly election: string;
  readonly instanceId: string;
  /** The term, where this instance leads or has just lost the leadership. */
  readonly term: bigint | undefined;
}

/**
 * Counts what happens in elections. All methods must be non-blocking: fire and forget. One that throws is logged once
 * and never harms an election.
 */
export interface MetricsSink {
  leaderStatusChanged(isLeader: boolean, context: MetricsContext): void;
  leaderAcquired(context: MetricsContext): void;
  leaderLost(reason: LossReason, context: MetricsContext): void;
  /** The round trip time of a heartbeat, in milliseconds. */
  heartbeat?(milliseconds: number, context: MetricsContext): void;
  /** The connection was lost, or could not be made. */
  connectionLost?(error: Error, context: MetricsContext): void;
}
