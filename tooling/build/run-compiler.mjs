import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from '../project-root.mjs';

/**
 * Runs a program that is silent unless something is wrong.
 *
 * @param {string} program of JavaScript
 * @param {string[]} args
 * @param {AbortSignal} [quit]
 * @throws Error with all that it has written, where it fails
 */
export async function runCompiler(program, args, quit) {
  quit?.throwIfAborted();
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (output += chunk));
  }
  const stop = () => child.kill();
  quit?.addEventListener('abort', stop);
  const [code] = await once(child, 'close');
  quit?.removeEventListener('abort', stop);
  quit?.throwIfAborted();
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}
