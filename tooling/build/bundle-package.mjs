import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { reachableFrom } from './reachable-files.mjs';

/**
 * Bundles the compiled package, and removes what was compiled and is not needed any more (docs/decisions/package.md).
 *
 * @param {string} directory of the package, where it has just been compiled
 */
export async function bundlePackage(directory) {
  const dist = join(directory, 'dist');
  const { bin, exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  /** @type {{ default: string, types: string }[]} */
  const entries = Object.values(exports).filter((target) => typeof target !== 'string');
  const { metafile } = await build({
    absWorkingDir: directory,
    entryPoints: [...entries.map((entry) => entry.default), ...Object.values(bin)],
    outbase: dist,
    outdir: dist,
    allowOverwrite: true,
    bundle: true,
    splitting: true, // What two entry points share exists once.
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120, // Node shows the line of an error that nobody caught.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const needed = new Set(Object.keys(metafile.outputs).map((file) => resolve(directory, file)));
  for (const { types } of entries) reachableFrom(resolve(directory, types), needed);
  for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile() && !needed.has(path)) rmSync(path);
  }
}
