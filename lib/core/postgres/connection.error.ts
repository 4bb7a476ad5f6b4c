import { asError, messageOf, propertyOf, stringOf } from '../common/thrown.js';
import type { ConnectionSettings } from './connection-settings.js';
import { isPreflightError } from './preflight.error.js';

/**
 * The database could not be reached, or refused the connection. The message never contains the password, and neither
 * does anything else on the error: what `pg` and Node threw is not attached, because it may (an invalid URL comes with
 * its whole text).
 */
export class DatabaseConnectionError extends Error {
  override readonly name = 'DatabaseConnectionError';

  constructor(
    message: string,
    /** The SQLSTATE or the system's error code, where there is one. */
    readonly code: string | undefined,
    /** True when no retry can heal it. */
    readonly permanent: boolean,
  ) {
    super(message);
  }
}

/** The server's refusal of a password. */
export const WRONG_PASSWORD = '28P01';

/** What to do about the refusals that a retry does not heal. The codes are PostgreSQL's SQLSTATEs and Node's. */
const REMEDIES: Readonly<Record<string, string>> = {
  [WRONG_PASSWORD]: 'check the user and the password in `connection`',
  '28000':
    'the server does not let this user in from here: check the user in `connection` and the server’s pg_hba.conf',
  '3D000': 'check the database name in `connection`, or create the database',
  '42501': 'grant the user the right to connect to the database',
  ERR_INVALID_URL: '`connection` must look like postgresql://user:password@host:5432/database',
};

/** What `pg` says when the server asks for a password by SCRAM, and there is none, or something else in its place. */
const NO_PASSWORD = /^SASL: .*password must be a (non-empty )?string$/;

/** @internal */
export function describeConnectionError(
  thrown: unknown,
  config: ConnectionSettings | undefined,
): Error {
  const error: unknown = asError(thrown);
  if (isPreflightError(error) || error instanceof DatabaseConnectionError) return error;
  const code = codeOf(error);
  const text = redact(fullMessageOf(error), config);
  if (NO_PASSWORD.test(text)) return passwordMissing(code);
  const remedy = code === undefined ? undefined : REMEDIES[code];
  return new DatabaseConnectionError(
    remedy ? `${text} (${remedy})` : text,
    code,
    remedy !== undefined,
  );
}

/** The server asks for a password, and none was given. @internal */
export function passwordMissing(code: string | undefined): DatabaseConnectionError {
  return new DatabaseConnectionError(
    'No password was given, and the server asks for one: give it in `connection`, as a string or a function that returns one',
    code,
    true,
  );
}

function codeOf(error: unknown): string | undefined {
  const code = propertyOf(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** A refused connection to a host with several addresses comes as an AggregateError without a message of its own. */
function fullMessageOf(error: unknown): string {
  const errors = propertyOf(error, 'errors');
  if (Array.isArray(errors) && propertyOf(error, 'message') === '')
    return errors.map(fullMessageOf).join('; ');
  return messageOf(error);
}

/**
 * Takes the secrets of a configuration out of a text, and passwords out of URLs: what a function of the application throws
 * may quote another configuration.
 */
function redact(text: string, config: ConnectionSettings | undefined): string {
  return [propertyOf(config, 'connectionString'), ...passwordsOf(config)]
    .filter((secret) => ['string', 'number', 'bigint'].includes(typeof secret) && secret !== '')
    .reduce<string>((redacted, secret) => redacted.replaceAll(stringOf(secret), '***'), text)
    .replace(/(:\/\/[^:/@\s]*):[^\s'"`]*@/g, '$1:***@');
}

function passwordsOf(config: ConnectionSettings | undefined): unknown[] {
  const url = propertyOf(config, 'connectionString');
  return [
    propertyOf(config, 'password'),
    // Also where it is not a valid URL: what stands between the first colon after the scheme and the last @.
    typeof url === 'string' ? /^[^:]*:\/\/[^:]*:(.+)@/.exec(url)?.[1] : undefined,
  ];
}
