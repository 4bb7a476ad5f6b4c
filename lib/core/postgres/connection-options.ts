import { hasMethods } from '../common/has-methods.js';
import { propertyOf, stringOf } from '../common/thrown.js';
import { DatabaseConnectionError } from './connection.error.js';
import type { ConnectionSettings } from './connection-settings.js';

/** A connection string or a `pg` client configuration. */
export type ConnectionConfig = string | ConnectionSettings;

/**
 * How to reach the database: a connection string, a `pg` client configuration, or a function that returns one. The
 * function is called at every connect, for credentials that rotate.
 */
export type ConnectionOption =
  ConnectionConfig | (() => ConnectionConfig | Promise<ConnectionConfig>);

/**
 * Whether a value specifies where to connect. An empty value does not: `pg` would use its defaults and the environment,
 * and an election in that database would have a leader of its own.
 *
 * @internal
 */
export function isConnectionConfig(value: unknown): value is ConnectionConfig {
  if (typeof value === 'string') return value !== '';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !isPoolOrClient(value) && saysWhere(value);
}

/** A pool or client looks like a configuration, because it has properties such as `host`, but it lacks the password. */
function isPoolOrClient(value: object): boolean {
  return hasMethods(value, ['connect', 'query']);
}

/**
 * `{}` deliberately leaves everything to the environment. An object whose fields are all empty does not: its values
 * come from variables that are not set. Of a URL or a promise, `pg` would read no property.
 */
function saysWhere(config: object): boolean {
  const names = Object.keys(config);
  if (names.length === 0) return isPlain(config);
  const has = (name: string) => !NOTHING.includes(propertyOf(config, name));
  const where = names.includes('connectionString') ? ['connectionString', 'host'] : names;
  return where.some(has);
}

const NOTHING: readonly unknown[] = [undefined, null, ''];

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Returns the configuration for one attempt to connect.
 *
 * @throws DatabaseConnectionError when a function returned a value that does not specify where to connect. Not
 *   permanent: the next call may return something else.
 * @internal
 */
export async function resolveConnection(option: ConnectionOption): Promise<ConnectionSettings> {
  const config: unknown = typeof option === 'function' ? await option() : option;
  if (!isConnectionConfig(config)) {
    throw new DatabaseConnectionError(
      `The \`connection\` function returned ${kindOf(config)}; it must return a connection string such as ` +
        'postgresql://user:password@host:5432/database, or a pg client configuration',
      undefined,
      false,
    );
  }
  return typeof config === 'string' ? { connectionString: config } : { ...config };
}

/** Describes a value without quoting it, because it may contain a password. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return stringOf(value);
  if (value === '') return 'an empty string';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (isPoolOrClient(value)) return 'a pool or a client';
  return Array.isArray(value) ? 'an array' : 'an object that does not specify where to connect';
}
