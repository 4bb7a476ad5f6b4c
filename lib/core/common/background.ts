import type { ElectionLogger } from './logger.js';
import { stackOf, stringOf } from './thrown.js';

/**
 * Begins something that nobody waits for. What it throws, or rejects with, is logged as `<name> failed: …`: a promise
 * without an owner would end the process.
 *
 * @param logger one that does not throw ({@link guarded})
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
 * Logs what nobody else can deal with.
 *
 * @internal
 */
export function reportFailure(name: string, logger: ElectionLogger, error: unknown): void {
  logger.error(`${name} failed: ${stringOf(error)}`, stackOf(error));
}
