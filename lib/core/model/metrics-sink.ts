import type { LossReason } from './leadership.js';

/** The election, instance and term that a measurement belongs to. */
export interface MetricsContext {
  /** The name of the election. */
  readonly election: string;
  /** The `instanceId` of this instance. */
  readonly instanceId: string;
  /** The term, if this instance leads or has just lost the leadership. */
  readonly term: bigint | undefined;
}

/** The connection that a measurement belongs to. An instance has one connection for all its elections. */
export interface ConnectionMetricsContext {
  /** The `instanceId` of this instance. */
  readonly instanceId: string;
  /** Whether this instance is a candidate in at least one election. */
  readonly candidate: boolean;
  /** The elections of this instance, with the terms that it currently leads. */
  readonly elections: readonly MetricsContext[];
}

/**
 * - `connected`: the instance has a connection
 * - `disconnected`: it has none and tries to connect
 * - `reserve`: it has none and needs none: it checks in every `reserveInterval` (option `maxCandidates`)
 * - `closed`: it no longer takes part in elections
 */
export type ConnectionStatus = 'connected' | 'disconnected' | 'reserve' | 'closed';

/**
 * Receives metrics of the elections. The methods must not block. The first error of a sink is logged; no error affects
 * an election.
 */
export interface MetricsSink {
  /**
   * Called when this instance becomes leader or stops leading, and once at startup with false. Not called for elections
   * that it only observes.
   */
  leaderStatusChanged(isLeader: boolean, context: MetricsContext): void;
  /** Called when this instance was elected. */
  leaderAcquired(context: MetricsContext): void;
  /** Called when this instance has lost the leadership. */
  leaderLost(reason: LossReason, context: MetricsContext): void;
  /**
   * Called when this instance was elected, with an upper bound of the time without a leader, in milliseconds. Not called
   * if this instance had not seen the lock taken before.
   */
  failover?(milliseconds: number, context: MetricsContext): void;
  /** Called once per heartbeat, for all elections together, with its round trip time in milliseconds. */
  heartbeat?(milliseconds: number, context: ConnectionMetricsContext): void;
  /** Called once per outage, for all elections together, when the connection was lost or could not be established. */
  connectionLost?(error: Error, context: ConnectionMetricsContext): void;
  /**
   * Called when the connection status changes, including at startup and after stopping. Check-ins from the reserve are
   * not reported.
   */
  connectionStatusChanged?(status: ConnectionStatus, context: ConnectionMetricsContext): void;
}
