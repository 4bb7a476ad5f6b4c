import type { ClientConfig } from 'pg';

/** A connection string or a configuration of `pg`. */
export type ConnectionConfig = string | ClientConfig;

/**
 * How to reach the database: a connection string, a `pg` client configuration, or a function that returns one, called
 * at every connect (for credentials that rotate).
 */
export type ConnectionOption =
  ConnectionConfig | (() => ConnectionConfig | Promise<ConnectionConfig>);

/** @internal */
export async function resolveConnection(option: ConnectionOption): Promise<ClientConfig> {
  const config = typeof option === 'function' ? await option() : option;
  return typeof config === 'string' ? { connectionString: config } : config;
}
