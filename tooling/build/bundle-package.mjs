import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import * as esbuild from 'esbuild';
import { makeParseable } from './parseable.mjs';
import { reachableFrom } from './reachable-files.mjs';
import { trimDeclarations } from './trim-declarations.mjs';

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
  const { metafile } = await esbuild.build({
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
    plugins: [inTwoSharedFiles(join(dist, 'index.js'), join(dist, 'core', sep))],
  });
  const needed = new Set(Object.keys(metafile.outputs).map((file) => resolve(directory, file)));
  for (const file of needed) makeParseable(file);
  const declarations = entries.map(({ types }) => resolve(directory, types));
  for (const file of declarations) reachableFrom(file, needed);
  trimDeclarations(declarations);
  for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile() && !needed.has(path)) rmSync(path);
  }
}

/**
 * esbuild makes a file for each set of modules that the same entry points need, and what they need differs by little: seven small
 * files, of which an application loads all. So an entry point that needs some of the core is made to need all of it, and one that
 * needs some of the rest all that an application needs. Two files are left that entry points share.
 *
 * @param {string} application the entry point that applications import
 * @param {string} coreFolder
 * @returns {import('esbuild').Plugin}
 */
function inTwoSharedFiles(application, coreFolder) {
  const shared = reachableFrom(application);
  const core = [...shared].filter((file) => file.startsWith(coreFolder));
  const rest = [...shared].filter((file) => !file.startsWith(coreFolder));
  return {
    name: 'in two shared files',
    setup(build) {
      const { absWorkingDir = '', entryPoints } = build.initialOptions;
      const entries = /** @type {string[]} */ (entryPoints).map((path) =>
        resolve(absWorkingDir, path),
      );
      build.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (path === application || !entries.includes(path)) return undefined;
        const needed = reachableFrom(path);
        const wanted = [core, rest].filter((files) => files.some((file) => needed.has(file)));
        const imports = wanted.flat().map((file) => `import ${JSON.stringify(file)};`);
        return {
          contents: [readFileSync(path, 'utf8'), ...imports].join('\n'),
          resolveDir: dirname(path),
        };
      });
    },
  };
}
