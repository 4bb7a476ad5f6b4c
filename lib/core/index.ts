/**
 * The election without Nest.
 *
 * @module nestjs-leader-election/core
 */
export { Elector, type ElectorOptions } from './elector.js';
export type { LeaderInfo, Role } from './model/instance-report.js';
export type { Takeover } from './model/takeover.js';
export { TransactionError } from './session/open-transaction.js';
export type {
  Leadership,
  LossReason,
  LeadershipTransaction,
  TransactionResult,
} from './model/leadership.js';
export { LeadershipLostError } from './model/leadership.js';
export type { ElectionLogger } from './common/logger.js';
export type {
  ConnectionMetricsContext,
  ConnectionStatus,
  MetricsContext,
  MetricsSink,
} from './model/metrics-sink.js';
export type { ConnectionConfig, ConnectionOption } from './postgres/connection-options.js';
export type { ConnectionSettings } from './postgres/connection-settings.js';
export { DatabaseConnectionError } from './postgres/connection.error.js';
export {
  NotPrimaryError,
  PoolerDetectedError,
  UnsupportedServerError,
} from './postgres/preflight.error.js';
export type { ServerRequirement } from './postgres/preflight.error.js';
export type { Pooler } from './postgres/preflight.js';
export { partitions, PartitionSet } from './partitions.js';
export { InvalidOptionError } from './invalid-option.error.js';
