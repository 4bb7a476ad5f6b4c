import { InvalidArgumentError } from 'commander';
import type { ConnectionSettings } from '../core/postgres/connection-settings.js';
import type { Pooler } from '../core/postgres/preflight.js';
import { CommandError } from './command-error.js';

const EXAMPLE = 'postgresql://user:password@host:5432/database';

/**
 * The database at a URL. An error does not quote the URL.
 *
 * @throws CommandError
 */
export function readUrl(url: string | undefined): ConnectionSettings {
  if (!url)
    throw new CommandError(
      `No database given: use --url or set DATABASE_URL, for example to ${EXAMPLE}`,
    );
  const isSocket = url.startsWith('/') || url.startsWith('socket:');
  if (!isSocket && !isUrl(url)) {
    throw new CommandError(
      `The URL must look like ${EXAMPLE}; percent-encode @ : / ? # in the password as %40 %3A %2F %3F %23`,
    );
  }
  return { connectionString: url };
}

function isUrl(url: string): boolean {
  const [, authority = '', rest = ''] = /^postgres(?:ql)?:\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
  // An @ or # here means that the password ended the authority, and that part of it would be taken for the host.
  if (rest.includes('@') || rest.includes('#')) return false;
  // `pg` accepts a URL with a user and no host; the host may be a parameter.
  return authority + rest !== '' && URL.canParse(url.replace(/@(?=[/?]|$)/, '@host'));
}

export function readLockKey(text: string): bigint {
  if (/^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text))
    return BigInt(text);
  throw new InvalidArgumentError('It must be a signed 64-bit integer.');
}

export function readElection(text: string): string {
  if (text.trim() !== '' && text.length <= 200) return text;
  throw new InvalidArgumentError('It must be a string of 1 to 200 characters.');
}

export const readMilliseconds =
  (least: number) =>
  (text: string): number => {
    const milliseconds = Number(text);
    if (/^\d+$/.test(text) && milliseconds >= least && milliseconds <= 86_400_000)
      return milliseconds;
    throw new InvalidArgumentError(
      `It must be a whole number of milliseconds from ${least} to 86400000.`,
    );
  };

/** A database, and how to reach it. */
export interface Database {
  readonly config: ConnectionSettings;
  readonly pooler: Pooler | undefined;
}
