// The packages that users would pick instead. They are no dependencies of ours: a cache has them, once they were needed.
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
