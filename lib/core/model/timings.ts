/**
 * The intervals and deadlines of an election, in milliseconds. Safety depends on the order
 * `heartbeatInterval` < `renewDeadline` < `leaseDuration`.
 */
export interface Timings {
  /**
   * The time between two heartbeats of a leader, in milliseconds. A heartbeat detects a dead connection and confirms
   * the lease. It does not renew the lock, which does not expire while the session lives.
   * @default 1000
   */
  readonly heartbeatInterval: number;
  /**
   * The time between two tries of a standby, in milliseconds, ± 20 % to spread a fleet. The default is client-go's.
   * @default 2000
   */
  readonly retryInterval: number;
  /**
   * The time between two tries of the heir, the one standby of an election that polls fast, in milliseconds. A try
   * costs the server about 60 µs of CPU time.
   * @default 50
   */
  readonly heirInterval: number;
  /**
   * How long a leader trusts its lease after sending the last statement that was answered, in milliseconds. After that,
   * `isLeader` is false and the duties are stopped.
   * @default 6000
   */
  readonly renewDeadline: number;
  /**
   * How long a session may be silent before the server ends it and frees its locks (`idle_session_timeout`), in
   * milliseconds. The difference to `renewDeadline` is the time for stopping the duties.
   * @default 10000
   */
  readonly leaseDuration: number;
  /**
   * The time between two check-ins of an instance in reserve (`maxCandidates`), in milliseconds; up to 20 % less, to
   * spread a fleet. If all candidates disappear at once, no instance leads for up to this time.
   * @default 30000
   */
  readonly reserveInterval: number;
  /**
   * How long a demotion waits for all hooks and running handlers together, in milliseconds. After half of it, hooks no
   * longer wait for each other. Whatever takes longer is abandoned, with a warning that names it. The default fits into
   * the 30 s grace period of Kubernetes.
   * @default 25000
   */
  readonly stopTimeout: number;
}

/** The defaults of all intervals and deadlines. {@link Timings} explains them. */
export const defaultTimings: Timings = Object.freeze({
  heartbeatInterval: 1_000,
  retryInterval: 2_000,
  heirInterval: 50,
  renewDeadline: 6_000,
  leaseDuration: 10_000,
  reserveInterval: 30_000,
  stopTimeout: 25_000,
});
