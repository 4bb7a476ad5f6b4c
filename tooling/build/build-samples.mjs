import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { root } from '../project-root.mjs';

const require = createRequire(import.meta.url);

/**
 * Builds the package, and then samples, which find the package by its name.
 *
 * @param {string[]} samples their directories
 * @param {AbortSignal} quit
 */
export async function build(samples, quit) {
  console.log('Building the package …');
  await runTool(require.resolve('@nestjs/cli/bin/nest.js'), ['build'], quit);
  for (const sample of samples) {
    console.log(`Building ${sample} …`);
    await runTool(
      require.resolve('typescript/bin/tsc'),
      ['-p', `${sample}/tsconfig.build.json`],
      quit,
    );
  }
}

/**
 * @param {string} tool
 * @param {string[]} args
 * @param {AbortSignal} quit
 */
async function runTool(tool, args, quit) {
  quit.throwIfAborted();
  const child = spawn(process.execPath, [tool, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (output += chunk));
  }
  const stop = () => child.kill();
  quit.addEventListener('abort', stop);
  const [code] = await once(child, 'close');
  quit.removeEventListener('abort', stop);
  quit.throwIfAborted();
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}
