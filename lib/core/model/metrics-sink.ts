import type { LossReason } from './leadership.js';

/** Which election, instance and term a figure belongs to. */
export interface MetricsContext {
  /** The election's name. */
  readonly election: string;
  /** The name of this instance. */
  readonly instanceId: string;
  /** The term, where this instance leads or has just lost the leadership. */
  readonly term: bigint | undefined;
}

/**
 * Counts what happens in elections. All methods must be non-blocking: fire and forget. One that throws is logged once
 * and never harms an election.
 */
export interface MetricsSink {
  /** This instance leads from now on, or no longer. Also called once at the start, when it does not lead yet. */
  leaderStatusChanged(isLeader: boolean, context: MetricsContext): void;
  /** This instance was elected. */
  leaderAcquired(context: MetricsContext): void;
  /** This instance no longer leads. */
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
