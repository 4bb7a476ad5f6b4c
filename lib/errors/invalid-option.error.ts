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
    readonly given: unknown,
    readonly allowed: string,
  ) {
    super(
      `Option \`${option}\` must be ${allowed}; given: ${inspect(given, { depth: 1, breakLength: Infinity })}`,
    );
  }
}
