import { asError, messageOf, propertyOf, stringOf } from '../common/thrown.js';
import type { ConnectionSettings } from './connection-settings.js';
import { isPreflightError } from './preflight.error.js';

/**
 * The database could not be reached, or refused the connection. Neither the message nor any property contains the
 * password. The original error of `pg` or Node is not attached, because it may contain it (an invalid URL is quoted in
 * full).
 */
export class DatabaseConnectionError extends Error {
  override readonly name = 'DatabaseConnectionError';

  constructor(
    message: string,
    /** The SQLSTATE or the system error code, if there is one. */
    readonly code: string | undefined,
    /** True if retrying can't help. */
    readonly permanent: boolean,
  ) {
    super(message);
  }
}

/** The SQLSTATE for a wrong password. */
export const WRONG_PASSWORD = '28P01';

/** What to do about permanent errors, by SQLSTATE or Node's error code. */
const REMEDIES: Readonly<Record<string, string>> = {
  [WRONG_PASSWORD]: 'check the user and the password in `connection`',
  '28000':
    'the server rejects this user from this host: check the user in `connection` and the server’s pg_hba.conf',
  '3D000': 'check the database name in `connection`, or create the database',
  '42501': 'grant the user the CONNECT privilege on the database',
  ERR_INVALID_URL: '`connection` must look like postgresql://user:password@host:5432/database',
};

/** The error of `pg` if the server requires SCRAM and the password is missing or not a string. */
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

/** The error for a missing password. @internal */
export function passwordMissing(code: string | undefined): DatabaseConnectionError {
  return new DatabaseConnectionError(
    'The server requires a password, but none was given: set it in `connection`, as a string or a function that returns one',
    code,
    true,
  );
}

function codeOf(error: unknown): string | undefined {
  const code = propertyOf(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** If a host has several addresses, a refused connection is an AggregateError with an empty message. */
function fullMessageOf(error: unknown): string {
  const errors = propertyOf(error, 'errors');
  if (Array.isArray(errors) && propertyOf(error, 'message') === '')
    return errors.map(fullMessageOf).join('; ');
  return messageOf(error);
}

/**
 * Masks the secrets of a configuration, and passwords in URLs: an error of an application's function may quote another
 * configuration.
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
    // Works for an invalid URL too: the part between the first colon after the scheme and the last @.
    typeof url === 'string' ? /^[^:]*:\/\/[^:]*:(.+)@/.exec(url)?.[1] : undefined,
  ];
}
