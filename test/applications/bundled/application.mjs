// An application that bundlers put into one file each, with all packages inside, and that runs where none is installed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { nest, usualDependencies, versionsOf } from '../application.mjs';

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'bundled',
    async run(workspace) {
      workspace.copy(new URL('./app', import.meta.url), 'src');
      await workspace.install({
        dependencies: {
          ...usualDependencies,
          ...nest[12],
          ...versionsOf('prom-client', '@opentelemetry/api'),
          webpack: '^5.0.0',
          esbuild: '^0.28.0',
          '@vercel/ncc': '^0.45.0',
        },
      });
      await workspace.compile({ outDir: 'dist/commonjs' });
      await workspace.compile({
        outDir: 'dist/esm',
        module: 'ESNext',
        moduleResolution: 'Bundler',
      });
      workspace.write('dist/esm/package.json', { type: 'module' });
      await workspace.runNode('src/bundle.mjs');
      // So that no bundle finds a package, also not by the path that it had when the bundle was made.
      rmSync(join(workspace.directory, 'node_modules'), { recursive: true });
      for (const bundle of [
        'webpack-development/main.js',
        'webpack-production/main.js',
        'esbuild-commonjs/main.js',
        'esbuild-esm/main.mjs',
        'ncc/index.js',
      ])
        await workspace.runNode(join('bundles', bundle));
    },
  },
];
