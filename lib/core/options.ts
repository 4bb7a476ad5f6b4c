import type { MetricsSink } from './model/metrics-sink.js';
import type { Takeover } from './model/takeover.js';
import type { Timings } from './model/timings.js';
import type { ConnectionOption } from './postgres/connection-options.js';
import type { Pooler } from './postgres/preflight.js';

/** Also where an option is given as undefined, as with an environment variable that is not set. */
type Optional<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** What a standalone `Elector` and the Nest module have in common. Durations are in milliseconds. */
export interface InstanceOptions extends Optional<Timings> {
  /**
   * How to reach the database: a connection string, a `pg` client configuration, or a function that returns one (or a
   * promise of one), called at every connect.
   *
   * Required, unless the module's option `standalone` is true.
   */
  readonly connection?: ConnectionOption | undefined;
  /**
   * This instance's name among the others; unique in the fleet.
   * @default host name, process id and a random suffix
   */
  readonly instanceId?: string | undefined;
  /** Where this instance can be reached, for others to learn when it leads (`LeaderInfo.address`). */
  readonly address?: string | undefined;
  /**
   * False: observe, never lead.
   * @default true
   */
  readonly candidate?: boolean | undefined;
  /**
   * So many instances of the fleet keep a connection at the most: those that may lead. The others are in reserve: they look
   * in every `reserveInterval`, and take a place that has become free. 1 to 1000. Give all instances the same.
   * @default no limit
   */
  readonly maxCandidates?: number | undefined;
  /**
   * How a new leader takes over: `fast`, or `strict`, which waits for `renewDeadline` after every crash of a leader, and
   * in return does not rely on the server noticing it in an orderly way. Give all instances the same.
   * @default 'fast'
   */
  readonly takeover?: Takeover | undefined;
  /**
   * True: the elections of a fleet settle on different instances. One that leads at least two fewer than another asks it
   * for one, which stops its duties there as for `resign()`; a fleet in balance is left alone.
   * @default false
   */
  readonly spread?: boolean | undefined;
  /**
   * `session`: the connection goes through a connection pooler in session mode, on purpose. Without it, a pooler is
   * refused, with a `PoolerDetectedError`.
   * @default undefined
   */
  readonly pooler?: Pooler | undefined;
  /** Who counts what happens. A sink that throws never harms an election. */
  readonly metrics?: MetricsSink | readonly MetricsSink[] | undefined;
}

/** An election and how it differs from the others of this instance. */
export interface ElectionOptions {
  /** Instances that give the same name contend with each other. 1 to 200 characters. */
  readonly name: string;
  /** A signed 64-bit key that replaces the one made from the name, to contend with electors written elsewhere. */
  readonly lockKey?: bigint | undefined;
  /**
   * False: observe this election, never lead it.
   * @default the instance's `candidate`
   */
  readonly candidate?: boolean | undefined;
}
