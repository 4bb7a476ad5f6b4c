import { messageOf } from '../core/common/thrown.js';
import { printable } from './screen.js';

/** A command failed; the message is one line for the user. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The options of the library that the command line has as well, and what they are called here. */
export const FLAGS = {
  connection: 'the URL',
  pooler: '--pooler',
  lockKey: '--lock-key',
} as const;

/** An option in a message of the library: `name`, `name: 'value'` or name: 'value'. */
const OPTION = new RegExp(
  String.raw`(set )?(?:the )?(?:[Oo]ption )?(\`?)\b(${Object.keys(FLAGS).join('|')})(?:: '([^']*)')?\2`,
  'g',
);
/** An alternative that needs code: a function in place of a value. */
const FUNCTION = /(?:, as a string)?,? or [^,.:;]*\bfunction\b[^,.:;]*/g;

/** The message of anything that was thrown, in one line. An error of the library names flags in place of options. */
export function messageFor(error: unknown): string {
  if (error instanceof CommandError) return inOneLine(error.message);
  const message = messageOf(error)
    .replace(FUNCTION, '')
    .replace(OPTION, (found, set, tick, option: keyof typeof FLAGS, value?: string) => {
      if (!tick && value === undefined) return found; // The word, not the option.
      const flag = value === undefined ? FLAGS[option] : `${FLAGS[option]} ${value}`;
      return set ? `use ${flag}` : flag;
    })
    .replace(' (renewDeadline)', '');
  return inOneLine(message);
}

export function inOneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]\s*/g, ' ').trim());
}

/** Removes everything from the user's input that may be a connection string. */
export function withoutUrls(text: string): string {
  return text.replace(/'[^']*(?::\/\/|@|password)[^']*'/gi, "'***'").replace(/\S*:\/\/\S*/g, '***');
}
