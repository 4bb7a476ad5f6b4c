// How this program learns that it should end: Ctrl-C, SIGTERM, or the terminal or npm being gone.
import { constants } from 'node:os';

/** What the quit signal is aborted with. */
export class Quit extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`Ended by ${signal}`);
    this.signal = signal;
  }

  /** As a shell reports a program that a signal ended. */
  get exitCode() {
    return 128 + constants.signals[this.signal];
  }
}

/**
 * From here on a signal does not end the process: whoever awaits something does so with the quit
 * signal, and cleans up. Repeated signals change nothing (npm passes on a Ctrl-C that the terminal
 * has delivered already).
 *
 * @param {number} startedBy the parent's process id
 * @returns {AbortController & { signal: AbortSignal }}
 */
export function quitOnSignals(startedBy) {
  const quit = new AbortController();
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => quit.abort(new Quit(signal));
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, end);
  }
  // Nobody is left to read what we print.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => end('SIGHUP'));
  // npm that is terminated takes its shell with it, and would leave us running.
  const isRunByNpm = process.env['npm_lifecycle_event'] !== undefined;
  if (isRunByNpm) setInterval(() => process.ppid !== startedBy && end('SIGTERM'), 200).unref();
  return quit;
}

/** Resolves when the signal aborts. @param {AbortSignal} signal @returns {Promise<void>} */
export function until(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
