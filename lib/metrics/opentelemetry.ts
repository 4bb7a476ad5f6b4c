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
   * Where the instruments are made.
   * @default the meter `nestjs-leader-election` of the global meter provider
   */
  readonly meter?: Meter | undefined;
}

/**
 * Counts elections in OpenTelemetry's metrics. What is of an election has the attribute `leader_election.name`; what is of
 * the connection, which all elections of an instance share, has not. So every sum is a number of what its metric counts.
 */
export class OpenTelemetryMetrics implements MetricsSink {
  /** What was added to counters that go up and down, and is to be taken off again. */
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
    // No gauges: of several instances in a process, the values add up.
    this.#isLeader = meter.createUpDownCounter('leader_election.is_leader', {
      description: 'Whether this instance leads: 1 or 0. Of several in a process: how many.',
      unit: '1',
    });
    this.#disconnected = meter.createUpDownCounter('leader_election.disconnected_instances', {
      description:
        'Whether this instance has no connection: 1 or 0. Of several in a process: how many have none.',
      unit: '{instance}',
    });
    this.#reserve = meter.createUpDownCounter('leader_election.reserve_instances', {
      description:
        'Whether this instance is in reserve, where it needs no connection: 1 or 0. Of several in a process: how many are.',
      unit: '{instance}',
    });
    this.#terms = meter.createCounter('leader_election.terms', {
      description: 'How often this instance was elected.',
      unit: '{term}',
    });
    this.#losses = meter.createCounter('leader_election.losses', {
      description: 'How often this instance ceased to lead, by reason.',
      unit: '{loss}',
    });
    this.#connectionLosses = meter.createCounter('leader_election.connection_losses', {
      description: 'How often the connection was lost or not to be had.',
      unit: '{loss}',
    });
    this.#heartbeat = meter.createHistogram('leader_election.heartbeat.duration', {
      description: 'Round trip time of heartbeats.',
      unit: 's',
    });
    this.#failover = meter.createHistogram('leader_election.failover.duration', {
      description: 'How long the lock was free before this instance led.',
      unit: 's',
    });
  }

  leaderStatusChanged(isLeader: boolean, { election, instanceId }: MetricsContext): void {
    const change = this.#change(`leads ${election} ${instanceId}`, isLeader);
    this.#isLeader.add(change, attributes(election));
    // So that there is a figure before the first: the increase of a counter that begins with 1 can't be seen.
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

  /** What to add so that one who is in counts as 1, and one who is not as 0. */
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
