/**
 * The module, the service, the decorators and the errors.
 *
 * @module nestjs-leader-election
 */
export { LeaderElectionModule } from './leader-election.module.js';
export {
  LeaderElectionService,
  type ElectionStatus,
  ElectionStoppedError,
} from './leader-election.service.js';
export { LeaderOnly, type LeaderOnlyOptions } from './decorators/leader-only.decorator.js';
export { EveryInstance } from './decorators/every-instance.decorator.js';
export {
  getLeaderElectionToken,
  InjectLeaderElection,
} from './decorators/inject-leader-election.decorator.js';
export { getPartitionsToken, InjectPartitions } from './decorators/inject-partitions.decorator.js';
export { IsLeader } from './decorators/is-leader.decorator.js';
export { LeaderGuard } from './requests/leader.guard.js';
export { currentLeadership } from './core/duties/current-leadership.js';

export type {
  LeaderElectionModuleOptions,
  LeaderElectionOptionsFactory,
} from './leader-election.options.js';
export type { OnElected, OnDemoted } from './duties/leader-hooks.interface.js';
export type { ElectionOptions, InstanceOptions } from './core/options.js';
export type { ConnectionConfig, ConnectionOption } from './core/postgres/connection-options.js';
export type { ConnectionSettings } from './core/postgres/connection-settings.js';

export type { LeaderElectionEvent } from './core/model/events.js';
export {
  LeadershipLostError,
  type LeadershipTransaction,
  type TransactionResult,
} from './core/model/leadership.js';
export type { Leadership, LossReason } from './core/model/leadership.js';
export { defaultTimings } from './core/model/timings.js';
export type { Timings } from './core/model/timings.js';
export type {
  ConnectionMetricsContext,
  ConnectionStatus,
  MetricsContext,
  MetricsSink,
} from './core/model/metrics-sink.js';

export { partitions, PartitionSet } from './core/partitions.js';
export { PartitionsService } from './leader-election.partitions.js';
export { InvalidOptionError } from './core/invalid-option.error.js';
export { LeaderOnlyUsageError } from './nest/leader-only-usage.error.js';
export {
  NotLeaderError,
  type LeaderFacts,
  type NotLeaderExtensions,
} from './requests/not-leader.error.js';
export { DatabaseConnectionError } from './core/postgres/connection.error.js';
export {
  NotPrimaryError,
  PoolerDetectedError,
  UnsupportedServerError,
} from './core/postgres/preflight.error.js';
export type { ServerRequirement } from './core/postgres/preflight.error.js';
export type { Pooler } from './core/postgres/preflight.js';
export type { LeaderInfo, Role } from './core/model/instance-report.js';
export type { Takeover } from './core/model/takeover.js';
export { TransactionError } from './core/session/open-transaction.js';
export { UnknownElectionError } from './leader-election.registry.js';
export type { ConnectionFailure } from './core/fleet/connection-supervisor.js';
