import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../project-root.mjs';
import { bundlePackage } from './bundle-package.mjs';
import { writeCommonjsEntries } from './commonjs-entries.mjs';
import { runCompiler } from './run-compiler.mjs';
import { unlessUpToDate } from './up-to-date.mjs';

const require = createRequire(import.meta.url);

/** What the package is made from. */
export const packageInputs = [
  'lib',
  'package.json',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tooling/build',
].map((path) => join(root, path));

/** Below node_modules, so that a fresh `npm ci` takes it away. @param {string} name of what is built */
export function recordOf(name) {
  return join(root, 'node_modules', '.cache', 'builds', `${name}.json`);
}

const build = { inputs: packageInputs, output: join(root, 'dist'), record: recordOf('package') };

/**
 * Builds the package as it is published: few files of JavaScript, the declarations that users need, and what require()
 * finds.
 *
 * @param {{ quit?: AbortSignal, always?: boolean }} [options] `always`: also if it is up to date
 */
export async function buildPackage({ quit, always = false } = {}) {
  if (always) rmSync(build.record, { force: true });
  await unlessUpToDate(build, async () => {
    // Not on stdout, where `npm pack --json`, which builds, prints what it has packed.
    console.error('Building the package …');
    await runCompiler(require.resolve('@nestjs/cli/bin/nest.js'), ['build'], quit);
    await bundlePackage(root);
    writeCommonjsEntries(root);
  });
}
