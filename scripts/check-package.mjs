// npm run check:package: checks the tarball that npm would publish. Packs it once, and checks its files, its size, its
// entry points (publint) and their types (attw).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensureInstalled } from '../tooling/build/install.mjs';
import { installGroup, programsOf } from '../tooling/npm-packages/package-group.mjs';
import { reachableFrom } from '../tooling/build/reachable-files.mjs';
import { root } from '../tooling/project-root.mjs';

/** Unpacked, in bytes. */
const LARGEST = 400_000;
/** How much an application that imports the package may load, in bytes. */
const LARGEST_LOADED = 200_000;
/** In how many files: the entry point, the core and the rest. */
const MOST_LOADED = 3;
/** What users need. */
const WANTED = /^(dist\/.+\.(c?js|d\.c?ts)|package\.json|README\.md|LICENSE)$/;

ensureInstalled();
const programs = programsOf(await installGroup(new URL('./checks/', import.meta.url)));
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
  if (unwanted.length > 0) fail(`The package must not contain ${unwanted.join(', ')}`);
  if (missing.length > 0) fail(`The package lacks ${missing.join(', ')}`);
  if (packed.unpackedSize > LARGEST) fail(`The limit is ${LARGEST} bytes unpacked`);
  const loaded = [...reachableFrom(join(root, 'dist', 'index.js'))];
  const loadedSize = loaded.reduce((sum, file) => sum + statSync(file).size, 0);
  console.log(`An application loads ${loaded.length} of the files, ${loadedSize} bytes`);
  if (loaded.length > MOST_LOADED) fail(`The limit is ${MOST_LOADED} loaded files`);
  if (loadedSize > LARGEST_LOADED) fail(`The limit is ${LARGEST_LOADED} loaded bytes`);
  for (const file of reachableFrom(join(root, 'dist', 'core', 'index.js')))
    if (readFileSync(file, 'utf8').includes('@nestjs/'))
      fail(
        `The entry point /core must work without Nest, but it loads ${file}, which refers to @nestjs/`,
      );

  const tarball = join(directory, packed.filename);
  run('publint', ['run', tarball, '--strict']);
  run('attw', [tarball, '--no-emoji']);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {boolean} [quiet] returns its output instead of printing it
 */
function run(command, args, quiet = false) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      PATH: [programs, process.env['PATH']].join(delimiter),
    },
  });
  if (error) throw error;
  if (status !== 0) fail(`${command} failed`);
  return stdout ?? '';
}

/** @param {string} message @returns {never} */
function fail(message) {
  throw new Error(message);
}
