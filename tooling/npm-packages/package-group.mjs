// Groups of packages that only some programs need. A group is a folder with a package.json and a package-lock.json, beside
// what uses it. The project does not depend on it, so that a clone is small: a cache has it, once it was needed.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installOnce, npm, packageCache } from './npm-package.mjs';

/** The files that say what is in a group. */
const files = ['package.json', 'package-lock.json'];

/**
 * Installs what a group's package-lock.json says, and says so, unless the cache has it.
 *
 * @param {URL} folder of the group, with a slash at its end
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>} the directory that has it
 */
export async function installGroup(folder, signal) {
  const source = fileURLToPath(folder);
  const [manifest, lockfile] = await Promise.all(
    files.map((file) => readFile(join(source, file), 'utf8')),
  );
  const { name, description } = JSON.parse(manifest ?? '');
  const hash = createHash('sha256').update(`${manifest}${lockfile}`).digest('hex').slice(0, 16);
  const home = join(packageCache, `${name}-${hash}`);
  // Not on stdout, which may be what somebody reads of the program that needs it.
  if (!existsSync(home)) console.error(`Installing, this once: ${description} …`);
  await installOnce(home, async (directory) => {
    for (const file of files) await copyFile(join(source, file), join(directory, file));
    await npm(directory, ['ci', '--ignore-scripts'], signal);
  });
  return home;
}

/**
 * Imports a package of a group.
 *
 * @param {string} home the group's directory
 * @param {string} name
 * @returns {Promise<any>} its module, of which the type-check knows nothing: the package need not be there
 */
export function load(home, name) {
  const { resolve } = createRequire(join(home, 'package.json'));
  return import(pathToFileURL(resolve(name)).href);
}

/**
 * @param {string} home the group's directory
 * @returns {string} the directory of its programs
 */
export function programsOf(home) {
  return join(home, 'node_modules', '.bin');
}
