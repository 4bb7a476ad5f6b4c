/** What a server reported when the connection was set up. Durations are in milliseconds, by the clock of the server. */
export interface ServerFacts {
  /** The time since it started; never negative. */
  readonly uptime: number;
  /** Whether it has replayed WAL since it started: a promoted standby, or a recovery after a crash. */
  readonly replayed: boolean;
  /** The time since the last checkpoint on its current timeline; undefined if there is none. */
  readonly checkpointAge: number | undefined;
}

/**
 * Tells a new leader whether a lock may have vanished while its holder still trusted its lease.
 *
 * @internal
 */
export interface ServerHistory {
  readonly server: ServerFacts;
}
