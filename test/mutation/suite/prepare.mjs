// Runs in Stryker's sandbox when its files are mutated. Compiles them in place, and provides what tests import.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileFolder } from '../../../tooling/build/compile-folders.mjs';
import { root } from '../../../tooling/project-root.mjs';

await Promise.all(['lib', 'test'].map((folder) => compileFolder(folder, root, () => true)));

// The package under its own name is the compiled library.
const manifest = join(root, 'package.json');
await writeFile(manifest, (await readFile(manifest, 'utf8')).replaceAll('./dist/', './lib/'));

const globals = join(root, 'node_modules/@jest/globals');
await mkdir(globals, { recursive: true });
await writeFile(join(globals, 'package.json'), '{ "exports": "./index.mjs" }');
await copyFile(new URL('./jest-globals.mjs', import.meta.url), join(globals, 'index.mjs'));
