import type { ConnectionFailure } from './core/fleet/instance.js';
import type { LeaderInfo, Role } from './core/model/instance-report.js';

/** An election as this instance sees it at one moment. As JSON, a term is a text, and an error its name and message. */
export interface ElectionStatus {
  /** The election's name. */
  readonly election: string;
  /** The name of this instance. */
  readonly instanceId: string;
  /** What this instance is in the election. */
  readonly role: Role;
  /** As {@link LeaderElectionService.isLeader}: false also for a leader whose lease is unconfirmed at the moment. */
  readonly isLeader: boolean;
  /** The term, if this instance leads and its lease is confirmed. */
  readonly term: bigint | undefined;
  /** Who leads, as far as this instance knows. */
  readonly leader: LeaderInfo | undefined;
  /** Whether there is a connection to the database. */
  readonly connected: boolean;
  /** Since when there has been no connection; undefined while there is one. */
  readonly disconnectedSince: Date | undefined;
  /** When the last statement was sent that the database answered. */
  readonly lastHeartbeat: Date | undefined;
  /** Why there is no connection, or why there was none the last time. */
  readonly lastError: ConnectionFailure | undefined;
}
