// Installs the project's packages with another version of Nest, and all others as in package-lock.json.
import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnce, npmInstall, packageCache } from '../../tooling/npm-packages/npm-package.mjs';
import { root } from '../../tooling/project-root.mjs';

/** Packages whose version numbers differ from Nest's. @type {Record<string, Record<string, string>>} */
const numberedOtherwise = {
  11: { '@nestjs/schedule': '6' },
};

/** Packages that are released together with Nest itself. */
const together =
  /^@nestjs\/(common|core|microservices|platform-(express|fastify|socket\.io)|testing|websockets)$/;

/**
 * @param {string} name of a package
 * @param {string} nest a major version: its newest release; or a release, as 11.1.6
 */
function wanted(name, nest) {
  const [major = '', minor] = nest.split('.');
  if (minor !== undefined && together.test(name)) return nest;
  return `^${numberedOtherwise[Number(major)]?.[name] ?? major}.0.0`;
}

/** Build tools, which are not part of an application. */
const tools = ['@nestjs/cli', '@nestjs/schematics'];

/**
 * @param {string} nest the version, as in axes.mjs
 * @param {AbortSignal} signal
 * @returns {Promise<string>} a directory with package.json, package-lock.json and node_modules
 */
export async function nestInstallation(nest, signal) {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const dependencies = manifest.devDependencies;
  for (const name of Object.keys(dependencies)) {
    if (!name.startsWith('@nestjs/') || tools.includes(name)) continue;
    dependencies[name] = wanted(name, nest);
  }
  const packageJson = JSON.stringify(manifest, null, 2);
  const lockfile = await readFile(join(root, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(packageJson).update(lockfile).digest('hex');
  const home = join(packageCache, `nest-${nest}-${hash.slice(0, 12)}`);
  await installOnce(home, async (directory) => {
    await writeFile(join(directory, 'package.json'), packageJson);
    await writeFile(join(directory, 'package-lock.json'), lockfile);
    await copyFile(join(root, '.npmrc'), join(directory, '.npmrc'));
    await npmInstall(directory, [], signal);
  });
  return home;
}
