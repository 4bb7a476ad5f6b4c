import { metrics, type Meter } from '@opentelemetry/api';
import type { LossReason } from '../core/model/leadership.js';
import type { MetricsContext, MetricsSink } from '../core/model/metrics-sink.js';

/** Options of {@link OpenTelemetryMetrics}. */
export interface OpenTelemetryMetricsOptions {
  /**
   * Where the instruments are made.
   * @default the meter `nestjs-leader-election` of the global meter provider
   */
  readonly meter?: Meter | undefined;
}

/** Counts elections in OpenTelemetry's metrics. Every metric has the attribute `leader_election.name`. */
export class OpenTelemetryMetrics implements MetricsSink {
  readonly #leading = new Map<string, boolean>();
  readonly #terms;
  readonly #losses;
  readonly #connectionLosses;
  readonly #heartbeat;
  readonly #failover;

  constructor({
    meter = metrics.getMeter('nestjs-leader-election'),
  }: OpenTelemetryMetricsOptions = {}) {
    meter
      .createObservableGauge('leader_election.is_leader', {
        description: 'Whether this instance leads: 1 or 0.',
        unit: '1',
      })
      .addCallback((result) => {
        for (const [election, isLeader] of this.#leading)
          result.observe(isLeader ? 1 : 0, attributes({ election }));
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

  leaderStatusChanged(isLeader: boolean, { election }: MetricsContext): void {
    this.#leading.set(election, isLeader);
  }

  leaderAcquired(context: MetricsContext): void {
    this.#terms.add(1, attributes(context));
  }

  leaderLost(reason: LossReason, context: MetricsContext): void {
    this.#losses.add(1, { ...attributes(context), 'leader_election.loss.reason': reason });
  }

  heartbeat(milliseconds: number, context: MetricsContext): void {
    this.#heartbeat.record(milliseconds / 1_000, attributes(context));
  }

  connectionLost(_error: Error, context: MetricsContext): void {
    this.#connectionLosses.add(1, attributes(context));
  }

  failover(milliseconds: number, context: MetricsContext): void {
    this.#failover.record(milliseconds / 1_000, attributes(context));
  }
}

function attributes({ election }: Pick<MetricsContext, 'election'>) {
  return { 'leader_election.name': election };
}
