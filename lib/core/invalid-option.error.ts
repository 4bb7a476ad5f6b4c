import { inspect } from 'node:util';

/** An option is invalid. Thrown at startup, before the first connection. */
export class InvalidOptionError extends Error {
  override readonly name = 'InvalidOptionError';

  constructor(
    /** The name of the option. */
    readonly option: string,
    given: unknown,
    /** The allowed values, worded to follow "must be". */
    readonly allowed: string,
  ) {
    super(`Option \`${option}\` must be ${allowed}; given: ${withoutPasswords(given)}`);
    // Loggers print the enumerable properties of an error, and a connection string may be given for the wrong option.
    Object.defineProperty(this, 'given', { value: given });
  }

  /** The given value. Not enumerable; the message masks passwords in it. */
  declare readonly given: unknown;
}

function withoutPasswords(given: unknown): string {
  return shown(given)
    .replace(/(:\/\/[^:/@\s]*):[^\s'"`]*@/g, '$1:***@')
    .replace(/(password['"]?: )('[^']*'|"[^"]*"|`[^`]*`)/gi, "$1'***'");
}

function shown(given: unknown): string {
  try {
    return inspect(given, { depth: 1, breakLength: Infinity });
  } catch {
    return 'a value that can’t be displayed';
  }
}
