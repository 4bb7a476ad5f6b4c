import { inspect } from 'node:util';

/** An option can't be used. Thrown at start, before anything is connected. */
export class InvalidOptionError extends Error {
  override readonly name = 'InvalidOptionError';

  constructor(
    /** The option's name. */
    readonly option: string,
    given: unknown,
    /** What is allowed, as it follows "must be". */
    readonly allowed: string,
  ) {
    super(`Option \`${option}\` must be ${allowed}; given: ${withoutPasswords(given)}`);
    // Loggers print the enumerable properties of an error, and a connection may stand in the wrong place.
    Object.defineProperty(this, 'given', { value: given });
  }

  /** What was given. Not enumerable, and without passwords in the message. */
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
    return 'something that can’t be shown';
  }
}
