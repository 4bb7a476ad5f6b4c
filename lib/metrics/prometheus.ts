import type * as PromClient from 'prom-client';
import type { LossReason } from '../core/model/leadership.js';
import type { MetricsContext, MetricsSink } from '../core/model/metrics-sink.js';
import { type PrometheusMetricsOptions, resolvePrometheusOptions } from './prometheus-options.js';

export type { PrometheusMetricsOptions } from './prometheus-options.js';

/** Who leads, of all that count in a gauge. */
const leadersOf = new WeakMap<PromClient.Gauge<'election'>, Map<string, Set<string>>>();

/**
 * Counts elections in prom-client's metrics. Every metric has the label `election`.
 *
 * Those that are made with the same registry and prefix, as by an application that is made again in a hot reload, or by
 * several applications of a process, count in the same metrics; the first of them gives the buckets. Then `is_leader` is 1
 * while any of them leads.
 */
export class PrometheusMetrics implements MetricsSink {
  readonly #isLeader;
  readonly #terms;
  readonly #losses;
  readonly #connectionLosses;
  readonly #heartbeat;
  readonly #failover;

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
      ...common('is_leader', 'Whether this instance leads: 1 or 0.'),
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
    this.#connectionLosses = shared(client.Counter<'election'>, registry, {
      ...common('connection_losses_total', 'How often the connection was lost or not to be had.'),
      labelNames,
    });
    this.#heartbeat = shared(client.Histogram<'election'>, registry, {
      ...common('heartbeat_duration_seconds', 'Round trip time of heartbeats.'),
      labelNames,
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
    const leaders = this.#leadersOf(election);
    if (isLeader) leaders.add(instanceId);
    else leaders.delete(instanceId);
    this.#isLeader.set({ election }, leaders.size > 0 ? 1 : 0);
  }

  leaderAcquired({ election }: MetricsContext): void {
    this.#terms.inc({ election });
  }

  leaderLost(reason: LossReason, { election }: MetricsContext): void {
    this.#losses.inc({ election, reason });
  }

  heartbeat(milliseconds: number, { election }: MetricsContext): void {
    this.#heartbeat.observe({ election }, milliseconds / 1_000);
  }

  connectionLost(_error: Error, { election }: MetricsContext): void {
    this.#connectionLosses.inc({ election });
  }

  failover(milliseconds: number, { election }: MetricsContext): void {
    this.#failover.observe({ election }, milliseconds / 1_000);
  }

  #leadersOf(election: string): Set<string> {
    const byElection = leadersOf.get(this.#isLeader) ?? new Map<string, Set<string>>();
    leadersOf.set(this.#isLeader, byElection);
    const leaders = byElection.get(election) ?? new Set<string>();
    byElection.set(election, leaders);
    return leaders;
  }
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
