// A last will: a small process that notices when this one is gone, however it went (Ctrl-C, a crash,
// SIGKILL), and cleans up after it. The alternative, signal handlers, would change how the program
// around us reacts to signals, and SIGKILL has no handler.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * @param {URL} executor a script that awaits `testatorGone()` and then cleans up
 * @param {string[]} args
 * @returns {{ execute(): Promise<void> }} `execute()` has it carried out now, and waits for it
 */
export function lastWill(executor, ...args) {
  const child = spawn(process.execPath, [fileURLToPath(executor), ...args], {
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
    async execute() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const exit = once(child, 'exit');
      pipe.end();
      await exit;
    },
  };
}

/** For the executor: resolves when the process that made the will is gone, or has it executed. */
export async function testatorGone() {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.stdin.resume();
  await once(process.stdin, 'close');
}
