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
 * Counts elections in prom-client's metrics. What is of an election has the label `election`; what is of the connection,
 * which all elections of an instance share, has not. So every sum is a number of what its metric counts.
 *
 * Those that are made with the same registry and prefix, as by an application that is made again in a hot reload, or by
 * several applications of a process, count in the same metrics; the first of them gives the buckets.
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
   * @throws Error of prom-client, where the registry has another kind of metric under one of the names
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
      ...common(
        'is_leader',
        'Whether this instance leads: 1 or 0. Of several in a process: how many.',
      ),
      labelNames,
    });
    this.#terms = shared(client.Counter<'election'>, registry, {
      ...common('terms_total', 'How often this instance was elected.'),
      labelNames,
    });
    this.#losses = shared(client.Counter<'election' | 'reason'>, registry, {
      ...common('losses_total', 'How often this instance ceased to lead, by reason.'),
      labelNames: ['election', 'reason'] as const,
    });
    this.#disconnected = shared(client.Gauge<'candidate'>, registry, {
      ...common(
        'disconnected_instances',
        'Whether this instance has no connection: 1 or 0. Of several in a process: how many have none.',
      ),
      labelNames: ['candidate'] as const,
    });
    this.#reserve = shared(client.Gauge<'candidate'>, registry, {
      ...common(
        'reserve_instances',
        'Whether this instance is in reserve, where it needs no connection: 1 or 0. Of several in a process: how many are.',
      ),
      labelNames: ['candidate'] as const,
    });
    this.#connectionLosses = shared(client.Counter, registry, {
      ...common('connection_losses_total', 'How often the connection was lost or not to be had.'),
    });
    this.#heartbeat = shared(client.Histogram, registry, {
      ...common('heartbeat_duration_seconds', 'Round trip time of heartbeats.'),
      buckets: heartbeatBuckets,
    });
    this.#failover = shared(client.Histogram<'election'>, registry, {
      ...common(
        'failover_duration_seconds',
        'How long the lock was free before this instance led.',
      ),
      labelNames,
      buckets: failoverBuckets,
    });
  }

  leaderStatusChanged(isLeader: boolean, { election, instanceId }: MetricsContext): void {
    count(this.#isLeader, { election }, instanceId, isLeader);
    // So that there is a figure before the first: increase() does not see a counter that begins with 1.
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

/** Which instances each value of a gauge stands for, whoever of them counts in it. */
const counted = new WeakMap<object, Map<string, Set<string>>>();

/** Counts an instance in a gauge, or no longer. */
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

/** The metric of that name in the registry, or a new one; prom-client refuses a name that another kind of metric has. */
function shared<M extends PromClient.Metric, C extends { readonly name: string }>(
  Kind: new (configuration: C) => M,
  registry: PromClient.Registry,
  configuration: C,
): M {
  const existing = registry.getSingleMetric(configuration.name);
  return existing instanceof Kind ? existing : new Kind(configuration);
}
