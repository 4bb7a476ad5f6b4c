// Puts the compiled application and all its packages into bundles/<bundler>, with each bundler. What is given to a bundler
// is what Nest and esbuild need: this package needs nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ncc from '@vercel/ncc';
import esbuild from 'esbuild';
import webpack from 'webpack';

/** Packages that Nest imports where an application has them; this one has none of them. */
const NOT_INSTALLED = [
  '@nestjs/microservices',
  '@nestjs/microservices/microservices-module.js',
  '@nestjs/platform-express',
  '@nestjs/websockets/socket-module.js',
  'class-transformer',
  'class-validator',
];

const commonjs = resolve('dist/commonjs/main.js');
const esm = resolve('dist/esm/main.js');

await withWebpack('development', commonjs);
await withWebpack('production', esm);
await withEsbuild('cjs', commonjs, 'bundles/esbuild-commonjs/main.js');
await withEsbuild('esm', esm, 'bundles/esbuild-esm/main.mjs');
await withNcc(commonjs);

/** @param {'development' | 'production'} mode @param {string} entry */
async function withWebpack(mode, entry) {
  const compiler = webpack({
    mode,
    entry,
    target: 'node',
    output: { path: resolve('bundles', `webpack-${mode}`) },
    plugins: [new webpack.IgnorePlugin({ checkResource: (name) => NOT_INSTALLED.includes(name) })],
  });
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, result) => (error ? reject(error) : resolve(result))),
  );
  if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));
}

/** @param {'cjs' | 'esm'} format @param {string} entry @param {string} outfile */
async function withEsbuild(format, entry, outfile) {
  const require =
    "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";
  await esbuild.build({
    entryPoints: [entry],
    outfile,
    format,
    bundle: true,
    minify: format === 'cjs',
    platform: 'node',
    external: NOT_INSTALLED,
    // For packages in CommonJS, such as pg, which require what is built into Node.
    ...(format === 'esm' && { banner: { js: require } }),
  });
}

/** @param {string} entry */
async function withNcc(entry) {
  const { code, assets } = await ncc(entry, { quiet: true });
  const files = { 'index.js': { source: code }, ...assets };
  for (const [name, { source }] of Object.entries(files)) {
    const path = resolve('bundles/ncc', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
  }
}
