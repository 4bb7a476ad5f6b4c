// The packages that users would pick instead. They are not dependencies of the project: they are installed into a cache.
import { readFile } from 'node:fs/promises';
import { installGroup } from '../../../../tooling/npm-packages/package-group.mjs';

const group = new URL('./', import.meta.url);

/** Installs what package-lock.json says. @returns {Promise<string>} their directory */
export function installOtherLibraries() {
  return installGroup(group);
}

/** The versions that are pinned. @returns {Promise<Record<string, string>>} */
export async function versions() {
  return JSON.parse(await readFile(new URL('package.json', group), 'utf8')).dependencies;
}
