// npm run check:package: is the tarball that npm would publish right? Packs once; looks at its files, its size, its
// entry points (publint) and what TypeScript makes of their types (attw).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from '../tooling/build/install.mjs';
import { reachableFrom } from '../tooling/build/reachable-files.mjs';
import { root } from '../tooling/project-root.mjs';

/** Unpacked, in bytes. */
const LARGEST = 420_000;
/** What an application loads that imports the package, in bytes. */
const LARGEST_LOADED = 200_000;
/** What users need. */
const WANTED = /^(dist\/.+\.(c?js|d\.c?ts)|package\.json|README\.md|LICENSE)$/;

ensureInstalled();
const directory = mkdtempSync(join(tmpdir(), 'check-package-'));
try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', directory], true),
  );
  /** @type {string[]} */
  const files = packed.files.map((/** @type {{ path: string }} */ { path }) => path);
  console.log(
    `${packed.filename}: ${files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} bytes unpacked`,
  );
  const unwanted = files.filter((path) => !WANTED.test(path));
  const missing = ['README.md', 'LICENSE', 'package.json'].filter((path) => !files.includes(path));
  if (unwanted.length > 0) fail(`Nobody needs ${unwanted.join(', ')}`);
  if (missing.length > 0) fail(`It lacks ${missing.join(', ')}`);
  if (packed.unpackedSize > LARGEST) fail(`It may have ${LARGEST} bytes unpacked`);
  const loaded = [...reachableFrom(join(root, 'dist', 'index.js'))];
  const loadedSize = loaded.reduce((sum, file) => sum + statSync(file).size, 0);
  console.log(`An application loads ${loaded.length} of them, ${loadedSize} bytes`);
  if (loadedSize > LARGEST_LOADED) fail(`It may load ${LARGEST_LOADED} bytes`);

  const tarball = join(directory, packed.filename);
  run('publint', ['run', tarball, '--strict']);
  run('attw', [tarball, '--no-emoji']);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {boolean} [quiet] whether its output is wanted
 */
function run(command, args, quiet = false) {
  const bin = join(root, 'node_modules', '.bin');
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      PATH: `${bin}${process.platform === 'win32' ? ';' : ':'}${process.env['PATH']}`,
    },
  });
  if (error) throw error;
  if (status !== 0) fail(`${command} has found something`);
  return stdout ?? '';
}

/** @param {string} message @returns {never} */
function fail(message) {
  throw new Error(message);
}
