import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { hasMethods } from './common/has-methods.js';
import { CLOCK_TOLERANCE } from './election/takeover-rule.js';
import { InvalidOptionError } from './invalid-option.error.js';
import { detailsOf, INSTANCE_DETAILS, type InstanceDetails } from './model/instance-report.js';
import type { MetricsSink } from './model/metrics-sink.js';
import type { Takeover } from './model/takeover.js';
import { defaultTimings, type Timings } from './model/timings.js';
import type { ElectionOptions, InstanceOptions } from './options.js';
import { PartitionSet } from './partitions.js';
import { isConnectionConfig, type ConnectionOption } from './postgres/connection-options.js';
import { MOST_PLACES } from './postgres/lock-key.js';
import type { Pooler } from './postgres/preflight.js';

/** @internal */
export interface ResolvedElection {
  readonly name: string;
  /** Its number, if the election is one of a set of partitions. */
  readonly partition?: number | undefined;
  readonly lockKey: bigint | undefined;
  readonly candidate: boolean;
}

/** @internal */
export interface ResolvedOptions {
  /** Undefined: there is no database, and this instance always leads. */
  readonly connection: ConnectionOption | undefined;
  readonly instanceId: string;
  readonly details: InstanceDetails;
  readonly elections: readonly ResolvedElection[];
  /** Undefined: every instance keeps a connection. */
  readonly maxCandidates: number | undefined;
  readonly takeover: Takeover;
  readonly spread: boolean;
  readonly pooler: Pooler | undefined;
  readonly timings: Timings;
  readonly metrics: readonly MetricsSink[];
}

/** A day, in milliseconds. Node's timers and PostgreSQL's settings support it, including jitter. */
const LONGEST = 86_400_000;
/** The longest name, in characters: names are part of announcements, whose size is limited. */
const LONGEST_TEXT = 200;

const INSTANCE_OPTIONS = [
  'connection',
  'instanceId',
  ...INSTANCE_DETAILS,
  'candidate',
  'maxCandidates',
  'takeover',
  'spread',
  'pooler',
  'metrics',
  ...(Object.keys(defaultTimings) as (keyof Timings)[]),
] as const satisfies readonly (keyof InstanceOptions)[];
const ELECTION_OPTIONS = [
  'name',
  'lockKey',
  'candidate',
] as const satisfies readonly (keyof ElectionOptions)[];

/** What the caller of {@link resolveOptions} has already read. */
interface Given {
  readonly elections: readonly (string | ElectionOptions)[];
  /** True: no database. */
  readonly standalone?: unknown;
  /** The names of additional valid options. */
  readonly others: readonly string[];
}

/**
 * Checks all options and fills in the defaults.
 *
 * @throws {@link InvalidOptionError}
 * @internal
 */
export function resolveOptions(
  options: InstanceOptions,
  { elections, standalone = false, others }: Given,
): ResolvedOptions {
  refuseUnknown(options, [...INSTANCE_OPTIONS, ...others], '');
  const candidate = readCandidate(options, '', true);
  return {
    connection: readFlag('standalone', standalone)
      ? undefined
      : looking('connection', options.connection, (given) => readConnection(given, others)),
    instanceId:
      options.instanceId === undefined
        ? defaultInstanceId()
        : readText('instanceId', options.instanceId),
    details: readDetails(options),
    elections: looking('elections', elections, (given) => readElections(given, candidate)),
    maxCandidates: readMaxCandidates(options.maxCandidates),
    takeover: readOneOf('takeover', options.takeover ?? 'fast', ['fast', 'strict']),
    spread: readFlag('spread', options.spread ?? false),
    pooler:
      options.pooler === undefined
        ? undefined
        : readOneOf<Pooler>('pooler', options.pooler, ['session']),
    timings: readTimings(options),
    metrics: looking('metrics', options.metrics, readMetrics),
  };
}

/** Reading an object may throw, as with a revoked proxy. The error is not quoted, because it may contain a secret. */
function looking<T>(option: string, given: unknown, read: (given: unknown) => T): T {
  try {
    return read(given);
  } catch (error) {
    if (error instanceof InvalidOptionError) throw error;
    throw new InvalidOptionError(option, given, 'a value that can be read without an error');
  }
}

function defaultInstanceId(): string {
  return `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
}

function readConnection(connection: unknown, others: Given['others']): ConnectionOption {
  if (typeof connection === 'function' || isConnectionConfig(connection))
    return connection as ConnectionOption;
  const withoutDatabase =
    connection === undefined && others.includes('standalone')
      ? '; to run without a database, as in local development, set standalone: true'
      : '';
  throw new InvalidOptionError(
    'connection',
    connection,
    'a connection string such as postgresql://user:password@host:5432/database, a pg client configuration, or a ' +
      `function that returns one${withoutDatabase}`,
  );
}

function readText(option: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST_TEXT)
    return value;
  throw new InvalidOptionError(option, value, `a string of 1 to ${LONGEST_TEXT} characters`);
}

function readDetails(options: InstanceOptions): InstanceDetails {
  const details = detailsOf(options);
  for (const [name, value] of Object.entries(details)) readText(name, value);
  return details;
}

function readCandidate(
  options: { candidate?: unknown },
  prefix: string,
  byDefault: boolean,
): boolean {
  return readFlag(`${prefix}candidate`, options.candidate ?? byDefault);
}

/** The limit follows from the lock key, which contains the number of the place. */
function readMaxCandidates(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_PLACES)
    return value;
  throw new InvalidOptionError('maxCandidates', value, `an integer from 1 to ${MOST_PLACES}`);
}

function readFlag(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionError(option, value, 'true or false');
}

function readElections(elections: unknown, candidate: boolean): ResolvedElection[] {
  if (!Array.isArray(elections) || elections.length === 0) {
    throw new InvalidOptionError(
      'elections',
      elections,
      'an array of at least one name or { name, … }',
    );
  }
  // Not `map`, which skips the holes of an array.
  const resolved = Array.from(elections, (election, index) =>
    readElection(election, `elections[${index}]`, candidate),
  );
  resolved.forEach(({ name }, index) => {
    if (resolved.findIndex((other) => other.name === name) !== index) {
      throw new InvalidOptionError(
        `elections[${index}]`,
        name,
        'unique; another election has this name',
      );
    }
  });
  return resolved;
}

function readElection(election: unknown, option: string, candidate: boolean): ResolvedElection {
  if (typeof election !== 'object' || election === null) {
    return { name: readText(option, election), lockKey: undefined, candidate };
  }
  if (election instanceof PartitionSet) {
    throw new InvalidOptionError(
      option,
      election,
      `a name or { name, … }; spread a set of partitions: ...${String(election)}`,
    );
  }
  refuseUnknown(election, ELECTION_OPTIONS, `${option}.`);
  const { name, lockKey } = election as { name?: unknown; lockKey?: unknown };
  return {
    name: readText(`${option}.name`, name),
    lockKey: lockKey === undefined ? undefined : readLockKey(`${option}.lockKey`, lockKey),
    candidate: readCandidate(election, `${option}.`, candidate),
  };
}

function readLockKey(option: string, value: unknown): bigint {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  throw new InvalidOptionError(
    option,
    value,
    'a bigint from -(2n ** 63n) to 2n ** 63n - 1n, such as 42n',
  );
}

/** @internal */
export function readOneOf<T extends string>(
  option: string,
  value: unknown,
  allowed: readonly T[],
): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new InvalidOptionError(option, value, allowed.map((one) => `'${one}'`).join(' or '));
}

const SINK_METHODS = ['leaderStatusChanged', 'leaderAcquired', 'leaderLost'] as const;
const OPTIONAL_SINK_METHODS = [
  'failover',
  'heartbeat',
  'connectionLost',
  'connectionStatusChanged',
] as const;

function isSink(sink: unknown): sink is MetricsSink {
  if (!hasMethods(sink, SINK_METHODS)) return false;
  const methods = sink as Record<string, unknown>;
  return OPTIONAL_SINK_METHODS.every((name) =>
    ['function', 'undefined'].includes(typeof methods[name]),
  );
}

function readMetrics(metrics: unknown): readonly MetricsSink[] {
  const sinks: readonly unknown[] =
    metrics === undefined ? [] : Array.isArray(metrics) ? Array.from<unknown>(metrics) : [metrics];
  if (sinks.every(isSink)) return sinks;
  throw new InvalidOptionError(
    'metrics',
    metrics,
    `a MetricsSink or an array of them: an object with the methods ${SINK_METHODS.join(', ')}`,
  );
}

function readTimings(options: InstanceOptions): Timings {
  const timings: Record<keyof Timings, number> = { ...defaultTimings };
  for (const option of Object.keys(defaultTimings) as (keyof Timings)[]) {
    const value: unknown = options[option];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > LONGEST) {
      throw new InvalidOptionError(option, value, `an integer from 1 to ${LONGEST} (milliseconds)`);
    }
    timings[option] = value;
  }
  const { heartbeatInterval, renewDeadline, leaseDuration } = timings;
  const { heirInterval, retryInterval, reserveInterval } = timings;
  if (!(heartbeatInterval < renewDeadline && renewDeadline < leaseDuration)) {
    throw new InvalidOptionError(
      'heartbeatInterval, renewDeadline, leaseDuration',
      { heartbeatInterval, renewDeadline, leaseDuration },
      'in ascending order, or two instances could lead at the same time',
    );
  }
  if (renewDeadline * (1 + CLOCK_TOLERANCE) >= leaseDuration) {
    throw new InvalidOptionError(
      'renewDeadline, leaseDuration',
      { renewDeadline, leaseDuration },
      `at least ${CLOCK_TOLERANCE * 100} % apart, because the server's clock may run faster or slower by that much`,
    );
  }
  if (heirInterval > retryInterval) {
    throw new InvalidOptionError(
      'heirInterval',
      { heirInterval, retryInterval },
      'at most retryInterval: the heir polls more often than other standbys',
    );
  }
  if (options.maxCandidates !== undefined && reserveInterval < retryInterval) {
    throw new InvalidOptionError(
      'reserveInterval',
      { reserveInterval, retryInterval },
      'at least retryInterval: connecting more often than a standby polls costs more than staying connected',
    );
  }
  return timings;
}

/**
 * @param prefix the prefix of the option names in the error
 * @throws InvalidOptionError when there is an unknown option
 * @internal
 */
export function refuseUnknown(options: unknown, known: readonly string[], prefix: string): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError('options', options, 'an object');
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    throw new InvalidOptionError(
      `${prefix}${option}`,
      (options as Record<string, unknown>)[option],
      oneOf(known),
    );
  }
}

function oneOf(known: readonly string[]): string {
  return `omitted: there is no such option; the options are ${known.join(', ')}`;
}
