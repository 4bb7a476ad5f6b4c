import type * as PromClient from 'prom-client';
import { hasMethods } from '../core/common/has-methods.js';
import { InvalidOptionError } from '../core/invalid-option.error.js';
import { refuseUnknown } from '../core/resolve-options.js';

/** Options of {@link PrometheusMetrics}. */
export interface PrometheusMetricsOptions {
  /**
   * The application's prom-client: `import * as client from 'prom-client'`. This package does not import it, because a
   * bundler or a package manager may resolve it to another copy, whose metrics nobody would scrape.
   */
  readonly client: Pick<typeof PromClient, 'Counter' | 'Gauge' | 'Histogram' | 'register'>;
  /**
   * The registry of the metrics.
   * @default the default registry of `client`
   */
  readonly registry?: PromClient.Registry | undefined;
  /**
   * The prefix of all metric names.
   * @default 'leader_election_'
   */
  readonly prefix?: string | undefined;
  /**
   * Upper bounds of the buckets of the heartbeats' round-trip time, in seconds.
   * @default twelve from 0.0005 to 5
   */
  readonly heartbeatBuckets?: readonly number[] | undefined;
  /**
   * Upper bounds of the buckets of the failover time, in seconds.
   * @default twelve from 0.005 to 30
   */
  readonly failoverBuckets?: readonly number[] | undefined;
}

const HEARTBEAT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const FAILOVER_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const OPTIONS = [
  'client',
  'registry',
  'prefix',
  'heartbeatBuckets',
  'failoverBuckets',
] as const satisfies readonly (keyof PrometheusMetricsOptions)[];

/** The methods of a registry that this package and the metrics use. */
const REGISTRY_METHODS = ['getSingleMetric', 'registerMetric'];

/**
 * Checks all options and fills in the defaults.
 *
 * @throws InvalidOptionError
 * @internal
 */
export function resolvePrometheusOptions(options: Partial<PrometheusMetricsOptions> = {}) {
  refuseUnknown(options, OPTIONS, '');
  const client = readClient(options.client);
  return {
    client,
    registry: readRegistry(options.registry ?? client.register),
    prefix: readPrefix(options.prefix ?? 'leader_election_'),
    heartbeatBuckets: readBuckets('heartbeatBuckets', options.heartbeatBuckets, HEARTBEAT_BUCKETS),
    failoverBuckets: readBuckets('failoverBuckets', options.failoverBuckets, FAILOVER_BUCKETS),
  };
}

function readClient(client: unknown): PrometheusMetricsOptions['client'] {
  if (hasMethods(client, ['Counter', 'Gauge', 'Histogram']))
    return client as PrometheusMetricsOptions['client'];
  throw new InvalidOptionError(
    'client',
    client,
    "the application's prom-client, as in `import * as client from 'prom-client'`",
  );
}

function readRegistry(registry: unknown): PromClient.Registry {
  if (hasMethods(registry, REGISTRY_METHODS)) return registry as PromClient.Registry;
  throw new InvalidOptionError('registry', registry, 'a prom-client Registry');
}

function readPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && /^([a-z_:][\w:]*)?$/i.test(prefix)) return prefix;
  throw new InvalidOptionError(
    'prefix',
    prefix,
    'a string of letters, digits, _ and : that does not begin with a digit',
  );
}

function readBuckets(option: string, given: unknown, byDefault: readonly number[]): number[] {
  const buckets = given ?? byDefault;
  const isAscending = (limit: unknown, index: number, all: readonly unknown[]) =>
    typeof limit === 'number' && limit > (index === 0 ? -Infinity : (all[index - 1] as number));
  if (Array.isArray(buckets) && buckets.every(isAscending)) return [...(buckets as number[])];
  throw new InvalidOptionError(option, buckets, 'an array of numbers in strictly ascending order');
}
