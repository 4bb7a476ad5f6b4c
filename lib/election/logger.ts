/**
 * Where the election says what happens. Nest's `Logger` fits, and so does any of its replacements.
 */
export interface ElectionLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string, stack?: string): void;
  debug?(message: string): void;
}

/** Says nothing. */
export const silentLogger: ElectionLogger = {
  log: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
