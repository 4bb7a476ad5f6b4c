// The same application as a newcomer would make it with Nest 11, as CommonJS, and with Nest 12, as ES modules.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('./cron-app', import.meta.url));

/**
 * @typedef {object} CronApp
 * @property {string} name
 * @property {'commonjs' | 'module'} type
 * @property {Record<string, string>} nest the versions of Nest's packages
 */

/** @type {CronApp[]} */
export const cronApps = [
  {
    name: 'commonjs-nest-11',
    type: 'commonjs',
    nest: { '@nestjs/common': '^11.0.0', '@nestjs/core': '^11.0.0', '@nestjs/schedule': '^6.0.0' },
  },
  {
    name: 'esm-nest-12',
    type: 'module',
    nest: {
      '@nestjs/common': '^12.0.0',
      '@nestjs/core': '^12.0.0',
      '@nestjs/schedule': '^12.0.0',
    },
  },
];

/**
 * Writes the application's files; what it depends on has to be installed then.
 *
 * @param {CronApp} app
 * @param {string} directory is made
 * @param {Record<string, string>} others what it depends on beside Nest
 */
export function writeCronApp({ name, type, nest }, directory, others) {
  mkdirSync(directory);
  cpSync(sources, join(directory, 'src'), { recursive: true });
  const dependencies = { ...nest, ...others };
  writeJson(join(directory, 'package.json'), { name, private: true, type, dependencies });
  writeJson(join(directory, 'tsconfig.json'), {
    compilerOptions: {
      target: 'ES2022',
      module: 'NodeNext',
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  });
}

/** @param {string} file @param {object} content */
function writeJson(file, content) {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
