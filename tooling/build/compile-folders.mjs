// Compiles folders of the project for processes of their own: they are TypeScript, which Node 20 does not run.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';
import { swcOptions } from './swc-options.mjs';
import { root } from '../project-root.mjs';

/**
 * @typedef {object} Compiled
 * @property {string} directory holds what was compiled, at the same places as in the project
 * @property {() => Promise<void>} remove
 */

/** @param {string[]} folders @returns {Promise<Compiled>} */
export async function compile(...folders) {
  // Below node_modules, where it finds its packages.
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'compiled-'));
  await Promise.all(folders.map((folder) => compileFolder(folder, directory)));
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/**
 * @param {string} folder of the project
 * @param {string} directory where what was compiled goes to, at the same place as in the project
 * @param {(file: string) => boolean} [isWanted] default: all but the tests
 */
export async function compileFolder(folder, directory, isWanted = isNoTest) {
  const files = await readdir(join(root, folder), { recursive: true });
  await Promise.all(
    files
      .filter((file) => file.endsWith('.ts') && isWanted(file))
      .map(async (file) => {
        const { code } = await transformFile(join(root, folder, file), {
          ...swcOptions,
          swcrc: false,
          sourceMaps: 'inline',
        });
        const compiled = join(directory, folder, file.replace(/\.ts$/, '.js'));
        await mkdir(dirname(compiled), { recursive: true });
        await writeFile(compiled, code);
      }),
  );
}

/** @param {string} file */
const isNoTest = (file) => !file.endsWith('.test.ts');
