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

/** Which connection a figure belongs to: an instance has one, for all its elections. */
export interface ConnectionMetricsContext {
  /** The name of this instance. */
  readonly instanceId: string;
  /** Whether this instance is a candidate in any of its elections; false where it only observes. */
  readonly candidate: boolean;
  /** The elections of this instance, and the terms in which it leads at the moment. */
  readonly elections: readonly MetricsContext[];
}

/**
 * - `connected`: there is a connection
 * - `disconnected`: there is none, and the instance tries to connect
 * - `reserve`: there is none and none is needed: the instance looks in every `reserveInterval` (option `maxCandidates`)
 * - `closed`: the instance takes no part in elections any more, and needs none
 */
export type ConnectionStatus = 'connected' | 'disconnected' | 'reserve' | 'closed';

/**
 * Counts what happens in elections. All methods must be non-blocking: fire and forget. One that throws is logged once
 * and never harms an election.
 */
export interface MetricsSink {
  /**
   * This instance leads from now on, or no longer. Also called once at the start, when it does not lead yet. Not called for
   * elections that this instance only observes.
   */
  leaderStatusChanged(isLeader: boolean, context: MetricsContext): void;
  /** This instance was elected. */
  leaderAcquired(context: MetricsContext): void;
  /** This instance no longer leads. */
  leaderLost(reason: LossReason, context: MetricsContext): void;
  /**
   * For how many milliseconds, at the most, the lock was free or not yet led on when this instance was elected. Not called
   * where it had not seen the lock taken before.
   */
  failover?(milliseconds: number, context: MetricsContext): void;
  /** The round trip time of a heartbeat, in milliseconds. Once for each heartbeat, however many elections there are. */
  heartbeat?(milliseconds: number, context: ConnectionMetricsContext): void;
  /** The connection was lost, or could not be made. Once, however many elections there are, until there is one again. */
  connectionLost?(error: Error, context: ConnectionMetricsContext): void;
  /** There is a connection from now on, or none. Looks of an instance in reserve are not told. Also called when this instance begins to connect, and when it has stopped. */
  connectionStatusChanged?(status: ConnectionStatus, context: ConnectionMetricsContext): void;
}
