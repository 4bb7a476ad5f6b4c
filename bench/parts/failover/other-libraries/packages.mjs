// The packages that users would pick instead. They are no dependencies of ours: a cache has them, once they were needed.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installOnce, npm, packageCache } from '../../../../tooling/npm-packages/npm-package.mjs';

const list = fileURLToPath(new URL('./', import.meta.url));

/** Installs what package-lock.json says. @returns {Promise<string>} their directory */
export async function installOtherLibraries() {
  const lockfile = await readFile(join(list, 'package-lock.json'));
  const version = createHash('sha256').update(lockfile).digest('hex').slice(0, 16);
  const home = join(packageCache, `other-libraries-${version}`);
  if (!existsSync(home)) console.log('Installing what is measured beside it …');
  await installOnce(home, async (directory) => {
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(list, file), join(directory, file));
    await npm(directory, ['ci', '--ignore-scripts']);
  });
  return home;
}

/** The versions that are pinned. @returns {Promise<Record<string, string>>} */
export async function versions() {
  return JSON.parse(await readFile(join(list, 'package.json'), 'utf8')).dependencies;
}

/** @param {string} home @param {string} name @returns {Promise<any>} */
export function load(home, name) {
  const { resolve } = createRequire(join(home, 'package.json'));
  return import(pathToFileURL(resolve(name)).href);
}
