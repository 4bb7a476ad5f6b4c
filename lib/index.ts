export { LeaderElectionModule } from './leader-election.module.js';
export { LeaderElectionService } from './leader-election.service.js';
export { LeaderOnly, type LeaderOnlyOptions } from './decorators/leader-only.decorator.js';
export {
  getLeaderElectionToken,
  InjectLeaderElection,
} from './decorators/inject-leader-election.decorator.js';
export { IsLeader } from './decorators/is-leader.decorator.js';
export { LeaderGuard } from './guards/leader.guard.js';
export { currentLeadership } from './duties/current-leadership.js';

export type {
  LeaderElectionModuleOptions,
  LeaderElectionOptionsFactory,
} from './interfaces/leader-election-options.interface.js';
export type { ElectionStatus } from './interfaces/election-status.interface.js';
export type { OnDemoted } from './interfaces/on-demoted.interface.js';
export type { OnElected } from './interfaces/on-elected.interface.js';
export type { ElectionOptions, InstanceOptions } from './options.js';
export type { ConnectionConfig, ConnectionOption } from './postgres/connection-options.js';

export type { LeaderElectionEvent } from './election/events.js';
export type { ConnectionFailure } from './election/instance.js';
export {
  LeadershipLostError,
  type LeadershipTransaction,
  type TransactionResult,
} from './election/leadership.js';
export type { Leadership, LossReason } from './election/leadership.js';
export { defaultTimings } from './election/timings.js';
export type { Timings } from './election/timings.js';
export type { MetricsContext, MetricsSink } from './metrics/metrics-sink.js';

export { ElectionStoppedError } from './errors/election-stopped.error.js';
export { InvalidOptionError } from './errors/invalid-option.error.js';
export { LeaderOnlyUsageError } from './errors/leader-only-usage.error.js';
export { NotLeaderError } from './errors/not-leader.error.js';
export { UnknownElectionError } from './errors/unknown-election.error.js';
export { DatabaseConnectionError } from './postgres/connection-error.js';
export {
  NotPrimaryError,
  PoolerDetectedError,
  UnsupportedServerError,
} from './postgres/preflight.error.js';
export type { ServerRequirement } from './postgres/preflight.error.js';
export type { Pooler } from './postgres/preflight.js';
export { TransactionError } from './election/transaction.error.js';
export type { LeaderInfo, Role } from './election/attendance.js';
export type { Takeover } from './election/takeover-mode.js';
