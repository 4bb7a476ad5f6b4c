import type { ElectionLogger } from './logger.js';
import { stackOf, stringOf } from './thrown.js';

/**
 * Starts work that no caller awaits. Logs an error or a rejection as `<name> failed: …`; an unhandled rejection would
 * end the process.
 *
 * @param logger must not throw ({@link guarded})
 * @internal
 */
export function inBackground(name: string, logger: ElectionLogger, work: () => unknown): void {
  const settled = async () => {
    await work();
  };
  settled().catch((error: unknown) => {
    reportFailure(name, logger, error);
  });
}

/**
 * Logs an error that no caller can handle.
 *
 * @internal
 */
export function reportFailure(name: string, logger: ElectionLogger, error: unknown): void {
  logger.error(`${name} failed: ${stringOf(error)}`, stackOf(error));
}
