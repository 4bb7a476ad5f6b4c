/**
 * The intervals and deadlines of an election, in milliseconds. The order
 * `heartbeatInterval` < `renewDeadline` < `leaseDuration` is what makes it safe.
 */
export interface Timings {
  /**
   * Milliseconds between two heartbeats of a leader. A heartbeat notices a dead connection and renews this instance's
   * trust in its session; it does not renew the lock, which has no expiry while the session lives.
   * @default 1000
   */
  readonly heartbeatInterval: number;
  /**
   * Milliseconds between two tries of a standby, ± 20 % so that a fleet does not try in step. The default is client-go's.
   * @default 2000
   */
  readonly retryInterval: number;
  /**
   * Milliseconds between two tries of the heir, the one standby of an election that polls fast. A try costs the server
   * about 60 µs of CPU.
   * @default 50
   */
  readonly heirInterval: number;
  /**
   * Milliseconds for which a leader trusts itself after sending the last heartbeat that was answered. Past it,
   * `isLeader` is false and its duties are stopped.
   * @default 6000
   */
  readonly renewDeadline: number;
  /**
   * Milliseconds of silence after which the server itself ends the session and frees its locks
   * (`idle_session_timeout`). What it exceeds `renewDeadline` by is the time that duties have for stopping.
   * @default 10000
   */
  readonly leaseDuration: number;
  /**
   * Milliseconds between two looks of an instance in reserve, which `maxCandidates` leaves without a connection; up to 20 %
   * less, so that a fleet does not look in step. All candidates gone at once, nobody leads for so long at the most.
   * @default 30000
   */
  readonly reserveInterval: number;
  /**
   * Milliseconds that a demotion waits for hooks and running handlers, all together. When half of it is gone, hooks no longer
   * wait for each other. What takes longer is abandoned, with a warning that names it. The default fits into Kubernetes' 30 s of grace.
   * @default 25000
   */
  readonly stopTimeout: number;
}

/** The defaults of every interval and deadline. Their reasons stand at each field of {@link Timings}. */
export const defaultTimings: Timings = Object.freeze({
  heartbeatInterval: 1_000,
  retryInterval: 2_000,
  heirInterval: 50,
  renewDeadline: 6_000,
  leaseDuration: 10_000,
  reserveInterval: 30_000,
  stopTimeout: 25_000,
});
