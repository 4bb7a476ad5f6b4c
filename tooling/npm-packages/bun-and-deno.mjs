// Bun and Deno, from the packages that npm's `bun` and `deno` would install for this platform. (Those do it in install
// scripts, which npm may be told not to run.)
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { npmPackage } from './npm-package.mjs';

const { platform, arch } = process;
const isWindows = platform === 'win32';

/**
 * @param {string} version an exact one, or a range such as `1.4`
 * @returns {Promise<string>} the program
 */
export function bunProgram(version) {
  const os = isWindows ? 'windows' : platform;
  const cpu = arch === 'arm64' ? 'aarch64' : arch;
  return program(`@oven/bun-${os}-${cpu}`, version, join('bin', isWindows ? 'bun.exe' : 'bun'));
}

/**
 * @param {string} version an exact one, or a range such as `2.9`
 * @returns {Promise<string>} the program
 */
export function denoProgram(version) {
  const libc = platform === 'linux' ? '-glibc' : '';
  return program(`@deno/${platform}-${arch}${libc}`, version, isWindows ? 'deno.exe' : 'deno');
}

/** @param {string} name @param {string} version @param {string} file */
async function program(name, version, file) {
  const path = join(await npmPackage(name, version), file);
  await chmod(path, 0o755); // The package need not have it so.
  return path;
}
