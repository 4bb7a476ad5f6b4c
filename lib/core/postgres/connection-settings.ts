import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';

/**
 * What `pg` takes as the configuration of a client: its `ClientConfig`, in types of our own. `pg` brings no types, and where
 * `@types/pg` is not installed, whatever is imported from there would be `any`.
 *
 * What is left out is taken from the environment (`PGHOST` and the like) or from `pg`'s defaults. Times are in milliseconds.
 */
export interface ConnectionSettings {
  /** Such as `postgresql://user:password@host:5432/database`. What it names counts before the other fields. */
  readonly connectionString?: string | undefined;
  /** The name or address of the server, or the directory of its socket. */
  readonly host?: string | undefined;
  /** The port of the server. */
  readonly port?: number | undefined;
  /** The name of the database. */
  readonly database?: string | undefined;
  /** The role that connects. */
  readonly user?: string | undefined;
  /** Its password, or a function that returns it, called at every connect. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  /** Whether to use TLS, and how. */
  readonly ssl?: boolean | ConnectionOptions | undefined;
  /** Whether TLS is asked for first, or begun at once. */
  readonly sslnegotiation?: 'postgres' | 'direct' | undefined;
  /** Whether a password is bound to the TLS connection. */
  readonly enableChannelBinding?: boolean | undefined;
  /**
   * What the server lists this session as.
   * @default `nestjs-leader-election` and the instance's name
   */
  readonly application_name?: string | undefined;
  /** The same, where nothing else names it. */
  readonly fallback_application_name?: string | undefined;
  /** Settings of the session, as for `psql`: `-c search_path=app`. */
  readonly options?: string | undefined;
  /** The encoding of texts. */
  readonly client_encoding?: string | undefined;
  /**
   * Whether TCP probes an idle connection.
   * @default true
   */
  readonly keepAlive?: boolean | undefined;
  /** After how long without traffic it does. */
  readonly keepAliveInitialDelayMillis?: number | undefined;
  /** How long an attempt to connect may take. */
  readonly connectionTimeoutMillis?: number | undefined;
  /** How long the server works on a statement. */
  readonly statement_timeout?: false | number | undefined;
  /** How long the client waits for the answer to a statement. */
  readonly query_timeout?: number | undefined;
  /** How long a statement waits for a lock. */
  readonly lock_timeout?: number | undefined;
  /** How long a transaction may be idle. */
  readonly idle_in_transaction_session_timeout?: number | undefined;
  /** Whether statements are sent before earlier ones are answered. */
  readonly pipeline?: boolean | undefined;
  /** How values of the server are read. */
  readonly types?:
    | {
        /** The function that reads values of the type with this oid. */
        readonly getTypeParser: (oid: number, format?: 'text' | 'binary') => unknown;
      }
    | undefined;
  /** Makes the socket, called at every connect. */
  readonly stream?: (() => Duplex | undefined) | undefined;
}
