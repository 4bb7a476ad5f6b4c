/**
 * Where the election says what happens. Nest's `Logger` fits, and so does any of its replacements.
 */
export interface ElectionLogger {
  /** What happens in the ordinary course: elected, demoted, connected. */
  log(message: string): void;
  /** What passes by itself, but should not have happened. */
  warn(message: string): void;
  /** What somebody should look at. */
  error(message: string, stack?: string): void;
}

/**
 * The same logger, except that nothing it throws gets out: an election must not fail because a log could not be written.
 *
 * @internal
 */
export function guarded(logger: ElectionLogger): ElectionLogger {
  const safely =
    (level: keyof ElectionLogger): ElectionLogger['error'] =>
    (...line) => {
      try {
        logger[level](...line);
      } catch {
        // There is nowhere left to say it.
      }
    };
  return { log: safely('log'), warn: safely('warn'), error: safely('error') };
}

/** Says nothing. */
export const silentLogger: ElectionLogger = {
  log: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
