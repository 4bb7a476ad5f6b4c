// Every npm script starts here, so that each works as the first command after `git clone`.
// Builtins only: at this point nothing may be installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { root } from '../project-root.mjs';

/** Runs `npm ci` unless `node_modules` already holds what `package-lock.json` asks for. */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.log(
    'Installing dependencies (npm ci): a third of a gigabyte, which takes a while the first time …',
  );
  // What npm's cache knows of a package serves as long as it knows the version: asking for news of each takes half the time.
  // It may know too little, and then npm does not ask.
  const status = npmCi('ignore', '--prefer-offline') && npmCi('inherit');
  if (status !== 0) process.exit(status);
}

/**
 * @param {'ignore' | 'inherit'} stderr
 * @param {string[]} options
 */
function npmCi(stderr, ...options) {
  const { status, error } = spawnSync(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', ...options],
    { cwd: root, stdio: ['ignore', 'ignore', stderr], shell: process.platform === 'win32' },
  );
  if (error) throw error;
  return status ?? 1;
}

function isInstalled() {
  const wanted = packagesIn('package-lock.json');
  // npm writes this file when an installation is complete: a broken-off one has none.
  const present = packagesIn('node_modules/.package-lock.json');
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const installed = present[path];
    // Optional packages are those of other platforms.
    return path === '' || (installed ? installed.version === version : optional === true);
  });
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string; optional?: boolean }> | undefined}
 */
function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(`${root}/${lockfile}`, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
