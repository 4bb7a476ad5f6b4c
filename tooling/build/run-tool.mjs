// Runs a command of node_modules/.bin and ends the way it ended.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { root } from '../project-root.mjs';

/**
 * @param {string} tool
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function runTool(tool, args, env = process.env) {
  const child = spawn(tool, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...env, PATH: [join(root, 'node_modules', '.bin'), env['PATH']].join(delimiter) },
  });
  child.on('error', (error) => {
    throw error;
  });
  // Ctrl-C reaches the tool by itself (same terminal): wait for its answer instead of dying first.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // npm that is terminated takes its shell with it, and would leave us and the tool running.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500);
  child.on('exit', (code) => {
    clearInterval(watch);
    process.exitCode = code ?? 1;
  });
}
