/**
 * Receives the log lines of the elections. Nest's `Logger` and its replacements implement it.
 */
export interface ElectionLogger {
  /** Normal events, such as elected, demoted or connected. */
  log(message: string): void;
  /** Problems from which the instance recovers without help. */
  warn(message: string): void;
  /** Problems that need attention. */
  error(message: string, stack?: string): void;
}

/**
 * Wraps a logger and ignores its errors: an election must not fail because a log line can't be written.
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
        // Nothing can report this error.
      }
    };
  return { log: safely('log'), warn: safely('warn'), error: safely('error') };
}

/** Discards all log lines. */
export const silentLogger: ElectionLogger = {
  log: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
