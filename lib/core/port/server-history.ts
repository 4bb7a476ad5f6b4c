/** What a server told about itself when the connection was set up; durations are in milliseconds, by its own clock. */
export interface ServerFacts {
  /** Since it started; never below 0. */
  readonly uptime: number;
  /** Whether it has replayed WAL since its start: a standby that was promoted, or a recovery after a crash. */
  readonly replayed: boolean;
  /** Since the last checkpoint on its current timeline; undefined when there is none. */
  readonly checkpointAge: number | undefined;
}

/**
 * What a new leader has to know of the server's past: whether a lock may have vanished while its holder still trusted itself.
 *
 * @internal
 */
export interface ServerHistory {
  readonly server: ServerFacts;
}
