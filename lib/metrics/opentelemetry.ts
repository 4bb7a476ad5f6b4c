/**
 * Metrics for OpenTelemetry.
 *
 * @module nestjs-leader-election/opentelemetry
 */
import { metrics, type Meter } from '@opentelemetry/api';
import { LOSS_REASONS, type LossReason } from '../core/model/leadership.js';
import type {
  ConnectionMetricsContext,
  ConnectionStatus,
  MetricsContext,
  MetricsSink,
} from '../core/model/metrics-sink.js';

/** Options of {@link OpenTelemetryMetrics}. */
export interface OpenTelemetryMetricsOptions {
  /**
   * The meter that creates the instruments.
   * @default the meter `nestjs-leader-election` of the global meter provider
   */
  readonly meter?: Meter | undefined;
}

/**
 * Reports metrics of elections to OpenTelemetry. Metrics of an election have the attribute `leader_election.name`.
 * Those of the connection, which all elections of an instance share, do not, so that sums count nothing twice.
 *
 * @example
 * ```ts
 * LeaderElectionModule.forRoot({ connection, metrics: new OpenTelemetryMetrics() })
 * ```
 */
export class OpenTelemetryMetrics implements MetricsSink {
  /** What each instance currently adds to the counters that go up and down. */
  readonly #added = new Map<string, number>();
  readonly #isLeader;
  readonly #disconnected;
  readonly #reserve;
  readonly #terms;
  readonly #losses;
  readonly #connectionLosses;
  readonly #heartbeat;
  readonly #failover;

  constructor({
    meter = metrics.getMeter('nestjs-leader-election'),
  }: OpenTelemetryMetricsOptions = {}) {
    // Not gauges, because the values of several instances in a process have to add up.
    this.#isLeader = meter.createUpDownCounter('leader_election.is_leader', {
      description: 'Number of instances in this process that lead.',
      unit: '1',
    });
    this.#disconnected = meter.createUpDownCounter('leader_election.disconnected_instances', {
      description: 'Number of instances in this process that need a connection and have none.',
      unit: '{instance}',
    });
    this.#reserve = meter.createUpDownCounter('leader_election.reserve_instances', {
      description:
        'Number of instances in this process that are in reserve and need no connection.',
      unit: '{instance}',
    });
    this.#terms = meter.createCounter('leader_election.terms', {
      description: 'Number of times this instance was elected.',
      unit: '{term}',
    });
    this.#losses = meter.createCounter('leader_election.losses', {
      description: 'Number of times this instance stopped leading, by reason.',
      unit: '{loss}',
    });
    this.#connectionLosses = meter.createCounter('leader_election.connection_losses', {
      description: 'Number of times the connection was lost or could not be opened.',
      unit: '{loss}',
    });
    this.#heartbeat = meter.createHistogram('leader_election.heartbeat.duration', {
      description: 'Round-trip time of heartbeats.',
      unit: 's',
    });
    this.#failover = meter.createHistogram('leader_election.failover.duration', {
      description: 'How long the lock was free before this instance became the leader.',
      unit: 's',
    });
  }

  leaderStatusChanged(isLeader: boolean, { election, instanceId }: MetricsContext): void {
    const change = this.#change(`leads ${election} ${instanceId}`, isLeader);
    this.#isLeader.add(change, attributes(election));
    // Start at 0: an increase can't be seen if the first value is 1.
    this.#terms.add(0, attributes(election));
    for (const reason of LOSS_REASONS) this.#losses.add(0, lossAttributes(election, reason));
  }

  leaderAcquired({ election }: MetricsContext): void {
    this.#terms.add(1, attributes(election));
  }

  leaderLost(reason: LossReason, { election }: MetricsContext): void {
    this.#losses.add(1, lossAttributes(election, reason));
  }

  failover(milliseconds: number, { election }: MetricsContext): void {
    this.#failover.record(milliseconds / 1_000, attributes(election));
  }

  heartbeat(milliseconds: number): void {
    this.#heartbeat.record(milliseconds / 1_000);
  }

  connectionLost(): void {
    this.#connectionLosses.add(1);
  }

  connectionStatusChanged(
    status: ConnectionStatus,
    { candidate, instanceId }: ConnectionMetricsContext,
  ): void {
    const attributes = { 'leader_election.candidate': candidate };
    const disconnected = this.#change(`disconnected ${instanceId}`, status === 'disconnected');
    this.#disconnected.add(disconnected, attributes);
    const reserve = this.#change(`reserve ${instanceId}`, status === 'reserve');
    this.#reserve.add(reserve, attributes);
    this.#connectionLosses.add(0);
  }

  /** What to add so that an instance counts as 1 if `isIn`, else as 0. */
  #change(who: string, isIn: boolean): number {
    const before = this.#added.get(who) ?? 0;
    const now = isIn ? 1 : 0;
    this.#added.set(who, now);
    return now - before;
  }
}

function attributes(election: string) {
  return { 'leader_election.name': election };
}

function lossAttributes(election: string, reason: LossReason) {
  return { ...attributes(election), 'leader_election.loss.reason': reason };
}
