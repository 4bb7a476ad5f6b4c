import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';

/**
 * The configuration of a `pg` client (its `ClientConfig`). Declared here because `pg` has no types of its own: without
 * `@types/pg`, imported types would be `any`.
 *
 * Missing fields default to the environment (`PGHOST` and so on), then to `pg`'s defaults. Durations are in
 * milliseconds.
 */
export interface ConnectionSettings {
  /** Such as `postgresql://user:password@host:5432/database`. Overrides the other fields. */
  readonly connectionString?: string | undefined;
  /** The host name or address of the server, or the directory of its Unix socket. */
  readonly host?: string | undefined;
  /** The port of the server. */
  readonly port?: number | undefined;
  /** The name of the database. */
  readonly database?: string | undefined;
  /** The role that connects. */
  readonly user?: string | undefined;
  /** The password, or a function that returns it and is called at every connect. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  /** Whether to use TLS, and its options. */
  readonly ssl?: boolean | ConnectionOptions | undefined;
  /** `direct` starts TLS at once, without asking the server first. */
  readonly sslnegotiation?: 'postgres' | 'direct' | undefined;
  /** Whether to use channel binding with SCRAM authentication. */
  readonly enableChannelBinding?: boolean | undefined;
  /**
   * The name of this session in `pg_stat_activity`.
   * @default `nestjs-leader-election` and the `instanceId`
   */
  readonly application_name?: string | undefined;
  /** The name of this session if no other name is set. */
  readonly fallback_application_name?: string | undefined;
  /** Settings of the session, as for `psql`: `-c search_path=app`. */
  readonly options?: string | undefined;
  /** The character encoding. */
  readonly client_encoding?: string | undefined;
  /**
   * Whether to use TCP keepalives.
   * @default true
   */
  readonly keepAlive?: boolean | undefined;
  /** The idle time before the first keepalive. */
  readonly keepAliveInitialDelayMillis?: number | undefined;
  /** How long an attempt to connect may take. */
  readonly connectionTimeoutMillis?: number | undefined;
  /** How long a statement may run on the server. */
  readonly statement_timeout?: false | number | undefined;
  /** How long the client waits for the answer to a statement. */
  readonly query_timeout?: number | undefined;
  /** How long a statement waits for a lock. */
  readonly lock_timeout?: number | undefined;
  /** How long a transaction may be idle. */
  readonly idle_in_transaction_session_timeout?: number | undefined;
  /** Whether to send statements before earlier ones are answered. */
  readonly pipeline?: boolean | undefined;
  /** How to parse values from the server. */
  readonly types?:
    | {
        /** Returns the parser for the type with this OID. */
        readonly getTypeParser: (oid: number, format?: 'text' | 'binary') => unknown;
      }
    | undefined;
  /** Creates the socket; called at every connect. */
  readonly stream?: (() => Duplex | undefined) | undefined;
}
