// Single packages from npm that are not the project's own: another Node, another PostgreSQL. Each is installed once,
// below node_modules, so that a fresh `npm ci` takes it away again.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A copy of the project in the test matrix shares the packages of the one that it was copied from. */
export const packageCache =
  process.env['PACKAGE_CACHE'] ||
  fileURLToPath(new URL('../../node_modules/.cache/packages', import.meta.url));

/**
 * @param {string} name
 * @param {string} version an exact one, or a range such as `22`
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>} its directory
 */
export async function npmPackage(name, version, signal) {
  const home = join(packageCache, `${name}@${version}`.replaceAll('/', '+'));
  await installOnce(home, async (directory) => {
    await writeFile(join(directory, 'package.json'), '{ "private": true }\n');
    await npmInstall(directory, ['--ignore-scripts', `${name}@${version}`], signal);
  });
  return join(home, 'node_modules', name);
}

/**
 * Fills a directory that is there only when it is complete, also if several want it at once.
 *
 * @param {string} home
 * @param {(directory: string) => Promise<void>} install
 */
export async function installOnce(home, install) {
  if (existsSync(home)) return;
  await mkdir(packageCache, { recursive: true });
  const directory = await mkdtemp(join(packageCache, '.installing-'));
  try {
    await install(directory);
    await chmod(directory, 0o755); // For the account that PostgreSQL runs as.
    await rename(directory, home).catch((error) => {
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string} directory
 * @param {string[]} args
 * @param {AbortSignal} [signal]
 */
export async function npmInstall(directory, args, signal) {
  await npm(directory, ['install', ...args], signal);
}

/**
 * @param {string} directory
 * @param {[command: string, ...args: string[]]} command
 * @param {AbortSignal} [signal]
 */
export async function npm(directory, [command, ...args], signal) {
  await run('npm', [command, '--no-audit', '--no-fund', '--loglevel=error', ...args], {
    cwd: directory,
    shell: process.platform === 'win32',
    maxBuffer: 2 ** 26,
    ...(signal && { signal }),
  });
}
