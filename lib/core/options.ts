import type { MetricsSink } from './model/metrics-sink.js';
import type { Takeover } from './model/takeover.js';
import type { Timings } from './model/timings.js';
import type { ConnectionOption } from './postgres/connection-options.js';
import type { Pooler } from './postgres/preflight.js';

/** Like `Partial`, but also accepts undefined, as from an environment variable that is not set. */
type Optional<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** The options that an `Elector` and the Nest module have in common. Durations are integers, in milliseconds. */
export interface InstanceOptions extends Optional<Timings> {
  /**
   * How to reach the database: a connection string, a `pg` client configuration, or a function that returns one (or a
   * promise of one). The function is called at every connect.
   *
   * Required, unless the module's option `standalone` is true.
   */
  readonly connection?: ConnectionOption | undefined;
  /**
   * The name of this instance, 1 to 200 characters. Must be unique in the fleet.
   * @default host name, process ID and a random suffix
   */
  readonly instanceId?: string | undefined;
  /** Where to reach this instance. Other instances learn it when this one leads (`LeaderInfo.address`). */
  readonly address?: string | undefined;
  /**
   * False: this instance observes and never leads.
   * @default true
   */
  readonly candidate?: boolean | undefined;
  /**
   * How many instances of the fleet keep a connection, at most (1 to 1000). The others are in reserve: they check in
   * every `reserveInterval` and take a free place. Use the same value on all instances.
   * @default no limit
   */
  readonly maxCandidates?: number | undefined;
  /**
   * How a new leader takes over: `fast`, or `strict`, which waits for `renewDeadline` after every crash of a leader and
   * so covers leaders that could not notice the loss of their lock. Use the same value on all instances.
   * @default 'fast'
   */
  readonly takeover?: Takeover | undefined;
  /**
   * True: spreads the elections over the instances of the fleet. An instance that leads at least two fewer than another
   * asks for as many as it lacks; the others hand them over as with `resign()`. A balanced fleet is left alone.
   * @default false
   */
  readonly spread?: boolean | undefined;
  /**
   * `session`: allows a connection through a connection pooler in session mode. Without it, a pooler is refused with a
   * `PoolerDetectedError`.
   * @default undefined
   */
  readonly pooler?: Pooler | undefined;
  /** One or more sinks for metrics. Their errors never affect an election. */
  readonly metrics?: MetricsSink | readonly MetricsSink[] | undefined;
}

/** The options of one election. */
export interface ElectionOptions {
  /** The name of the election, 1 to 200 characters. Instances with the same name compete with each other. */
  readonly name: string;
  /**
   * A signed 64-bit key that replaces the one derived from the name. Use it to compete with other software for the same
   * lock.
   */
  readonly lockKey?: bigint | undefined;
  /**
   * False: this instance observes this election and never leads it.
   * @default the instance's `candidate`
   */
  readonly candidate?: boolean | undefined;
}
