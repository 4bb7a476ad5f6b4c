import { messageOf } from '../core/common/thrown.js';

/** What a command could not do, in one line. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The one line for whatever was thrown. What comes from a connection has no secrets any more. */
export function inOneLine(error: unknown): string {
  // The option of the library is an argument here.
  return messageOf(error)
    .replaceAll('`connection`', 'the URL')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** Leaves out of what a user typed all that may be a connection string. */
export function withoutUrls(text: string): string {
  return text.replace(/'[^']*(?::\/\/|@|password)[^']*'/gi, "'***'").replace(/\S*:\/\/\S*/g, '***');
}
