import type { ElectionLogger } from './logger.js';

/**
 * Reports what should not have happened: a fault of this library, or of code that it calls. The one place for what is
 * thrown where nobody waits for it: it is said, and ends nothing else.
 *
 * @internal
 */
export function reportFault(logger: ElectionLogger, where: string, error: unknown): void {
  const { message, stack } =
    error instanceof Error ? error : { message: String(error), stack: undefined };
  logger.error(`Fault in ${where}, ignored: ${message}`, stack);
}
