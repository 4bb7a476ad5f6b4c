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
  /** Also once at the start, when this instance does not lead yet. */
  leaderStatusChanged(isLeader: boolean, context: MetricsContext): void;
  leaderAcquired(context: MetricsContext): void;
  leaderLost(reason: LossReason, context: MetricsContext): void;
  /** The round trip time of a heartbeat, in milliseconds. */
  heartbeat?(milliseconds: number, context: MetricsContext): void;
  /**
   * For how many milliseconds, at the most, the lock was free or not yet led on when this instance was elected. Not called
   * where it had not seen the lock taken before.
   */
  failover?(milliseconds: number, context: MetricsContext): void;
  /** The connection was lost, or could not be made. */
  connectionLost?(error: Error, context: MetricsContext): void;
}
