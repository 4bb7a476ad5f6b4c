// A small process that notices when this one is gone, however it went (Ctrl-C, a crash, SIGKILL), and cleans up after it.
// The alternative, signal handlers, would change how the program around us reacts to signals, and SIGKILL has no handler.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * @param {URL} script it awaits `parentGone()` and then cleans up
 * @param {string[]} args
 * @returns {{ cleanUpNow(): Promise<void> }} `cleanUpNow()` has the script clean up, and waits for it
 */
export function cleanUpAfterExit(script, ...args) {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], {
    cwd: '/',
    // The pipe closes with this process. Detached: out of reach of the terminal's Ctrl-C.
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  const pipe = /** @type {import('node:net').Socket} */ (child.stdin);
  pipe.unref();
  pipe.on('error', () => {});
  return {
    async cleanUpNow() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const exit = once(child, 'exit');
      pipe.end();
      await exit;
    },
  };
}

/** For the script: resolves when the process that started it is gone, or wants it to clean up now. */
export async function parentGone() {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.stdin.resume();
  await once(process.stdin, 'close');
}
