/**
 * Metrics for Prometheus.
 *
 * @module nestjs-leader-election/prometheus
 */
import type * as PromClient from 'prom-client';
import { LOSS_REASONS, type LossReason } from '../core/model/leadership.js';
import type {
  ConnectionMetricsContext,
  ConnectionStatus,
  MetricsContext,
  MetricsSink,
} from '../core/model/metrics-sink.js';
import { type PrometheusMetricsOptions, resolvePrometheusOptions } from './prometheus-options.js';

export type { PrometheusMetricsOptions } from './prometheus-options.js';

/**
 * Reports metrics of elections to prom-client. Metrics of an election have the label `election`. Those of the
 * connection, which all elections of an instance share, do not, so that sums count nothing twice.
 *
 * Objects with the same registry and prefix share their metrics, as after a hot reload, or with several applications in
 * one process. The first one sets the buckets.
 *
 * @example
 * ```ts
 * LeaderElectionModule.forRoot({ connection, metrics: new PrometheusMetrics({ client }) })
 * ```
 */
export class PrometheusMetrics implements MetricsSink {
  readonly #isLeader;
  readonly #terms;
  readonly #losses;
  readonly #connectionLosses;
  readonly #heartbeat;
  readonly #failover;
  readonly #disconnected;
  readonly #reserve;

  /**
   * @throws InvalidOptionError
   * @throws Error of prom-client, if the registry has another kind of metric under one of the names
   */
  constructor(options: PrometheusMetricsOptions) {
    const { client, registry, prefix, heartbeatBuckets, failoverBuckets } =
      resolvePrometheusOptions(options);
    const common = (name: string, help: string) => ({
      name: `${prefix}${name}`,
      help,
      registers: [registry],
    });
    const labelNames = ['election'] as const;
    this.#isLeader = shared(client.Gauge<'election'>, registry, {
      ...common('is_leader', 'Number of instances in this process that lead.'),
      labelNames,
    });
    this.#terms = shared(client.Counter<'election'>, registry, {
      ...common('terms_total', 'Number of times this instance was elected.'),
      labelNames,
    });
    this.#losses = shared(client.Counter<'election' | 'reason'>, registry, {
      ...common('losses_total', 'Number of times this instance stopped leading, by reason.'),
      labelNames: ['election', 'reason'] as const,
    });
    this.#disconnected = shared(client.Gauge<'candidate'>, registry, {
      ...common(
        'disconnected_instances',
        'Number of instances in this process that need a connection and have none.',
      ),
      labelNames: ['candidate'] as const,
    });
    this.#reserve = shared(client.Gauge<'candidate'>, registry, {
      ...common(
        'reserve_instances',
        'Number of instances in this process that are in reserve and need no connection.',
      ),
      labelNames: ['candidate'] as const,
    });
    this.#connectionLosses = shared(client.Counter, registry, {
      ...common(
        'connection_losses_total',
        'Number of times the connection was lost or could not be opened.',
      ),
    });
    this.#heartbeat = shared(client.Histogram, registry, {
      ...common('heartbeat_duration_seconds', 'Round-trip time of heartbeats.'),
      buckets: heartbeatBuckets,
    });
    this.#failover = shared(client.Histogram<'election'>, registry, {
      ...common(
        'failover_duration_seconds',
        'How long the lock was free before this instance became the leader.',
      ),
      labelNames,
      buckets: failoverBuckets,
    });
  }

  leaderStatusChanged(isLeader: boolean, { election, instanceId }: MetricsContext): void {
    count(this.#isLeader, { election }, instanceId, isLeader);
    // Start at 0: increase() does not see a counter whose first value is 1.
    this.#terms.inc({ election }, 0);
    for (const reason of LOSS_REASONS) this.#losses.inc({ election, reason }, 0);
  }

  leaderAcquired({ election }: MetricsContext): void {
    this.#terms.inc({ election });
  }

  leaderLost(reason: LossReason, { election }: MetricsContext): void {
    this.#losses.inc({ election, reason });
  }

  failover(milliseconds: number, { election }: MetricsContext): void {
    this.#failover.observe({ election }, milliseconds / 1_000);
  }

  heartbeat(milliseconds: number): void {
    this.#heartbeat.observe(milliseconds / 1_000);
  }

  connectionLost(): void {
    this.#connectionLosses.inc();
  }

  connectionStatusChanged(
    status: ConnectionStatus,
    { candidate, instanceId }: ConnectionMetricsContext,
  ): void {
    const labels = { candidate: String(candidate) };
    count(this.#disconnected, labels, instanceId, status === 'disconnected');
    count(this.#reserve, labels, instanceId, status === 'reserve');
  }
}

/** The instances that each value of a gauge counts, of all objects that share the gauge. */
const counted = new WeakMap<object, Map<string, Set<string>>>();

/** Counts an instance in a gauge, or stops counting it. */
function count<Label extends string>(
  gauge: PromClient.Gauge<Label>,
  labels: Readonly<Record<Label, string>>,
  instanceId: string,
  isIn: boolean,
): void {
  const byLabels = counted.get(gauge) ?? new Map<string, Set<string>>();
  counted.set(gauge, byLabels);
  const key = JSON.stringify(labels);
  const instances = byLabels.get(key) ?? new Set<string>();
  byLabels.set(key, instances);
  if (isIn) instances.add(instanceId);
  else instances.delete(instanceId);
  gauge.set(labels, instances.size);
}

/** The registry's metric of that name, or a new one. prom-client refuses the name of another kind of metric. */
function shared<M extends PromClient.Metric, C extends { readonly name: string }>(
  Kind: new (configuration: C) => M,
  registry: PromClient.Registry,
  configuration: C,
): M {
  const existing = registry.getSingleMetric(configuration.name);
  return existing instanceof Kind ? existing : new Kind(configuration);
}
