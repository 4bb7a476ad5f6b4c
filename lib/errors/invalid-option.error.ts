import { inspect } from 'node:util';

/** An option can't be used. Thrown at start, before anything is connected. */
export class InvalidOptionError extends Error {
  override readonly name = 'InvalidOptionError';

  /**
   * @param option the option's name
   * @param given what was given
   * @param allowed what is allowed, as it follows "must be"
   */
  constructor(
    readonly option: string,
    given: unknown,
    readonly allowed: string,
  ) {
    super(`Option \`${option}\` must be ${allowed}; given: ${withoutPasswords(given)}`);
    // Whoever prints an error prints its enumerable properties, and a connection may stand in the wrong place.
    Object.defineProperty(this, 'given', { value: given });
  }

  declare readonly given: unknown;
}

function withoutPasswords(given: unknown): string {
  return inspect(given, { depth: 1, breakLength: Infinity })
    .replace(/(:\/\/[^:/@\s]*):[^\s'"`]*@/g, '$1:***@')
    .replace(/(password['"]?: )('[^']*'|"[^"]*"|`[^`]*`)/gi, "$1'***'");
}
