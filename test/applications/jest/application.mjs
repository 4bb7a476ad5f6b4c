// The tests of docs/testing.md, under the configurations of docs/testing.md, with what the README says to install.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocksOf, read } from '../../../tooling/documentation.mjs';
import { nest, usualDependencies, versionsOf } from '../application.mjs';

const page = 'docs/testing.md';
const blocks = codeBlocksOf(page);

/** The tests that the page quotes, by their names. */
const examples = blocks.flatMap(({ from, code }) => {
  const name = /^test\/examples\/testing\/(.+)\.test\.ts$/.exec(from ?? '')?.[1];
  return name ? [{ name, code }] : [];
});
if (examples.length === 0) throw new Error(`${page} quotes no test`);

/** As the CLI of Nest 11.0 and that of Nest 12 make it. */
const compilerOptions = {
  target: 'ES2023',
  rootDir: '.',
  outDir: 'dist',
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};
const forNest11 = { ...compilerOptions, module: 'commonjs' };
const forNest12 = { ...compilerOptions, module: 'nodenext', isolatedModules: true };

const vmModules = { NODE_OPTIONS: '--experimental-vm-modules' };

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'jest-nest-11-commonjs',
    async run(workspace) {
      await workspace.install({
        dependencies: {
          ...usualDependencies,
          ...nestWithTests(11),
          ...installed('README.md', /^npm install (nestjs-leader-election .*) # with Nest 11$/m),
          ...installed(page, /^npm install --save-dev (@swc\/jest .*)$/m),
          typescript: '^5.7.3',
        },
      });
      workspace.write('tsconfig.json', { compilerOptions: forNest11 });
      for (const { name, code } of examples) {
        workspace.write(`src/${name}.spec.ts`, code);
        workspace.write(`test/${name}.e2e-spec.ts`, code);
      }
      const manifest = readFileSync(join(workspace.directory, 'package.json'), 'utf8');
      workspace.write('package.json', {
        ...JSON.parse(manifest),
        ...JSON.parse(configuration('package.json')),
      });
      workspace.write('test/jest-e2e.json', configuration('test/jest-e2e.json'));

      for (const args of [[], ['--config', 'test/jest-e2e.json']])
        await workspace.run(workspace.node, [program('jest/bin/jest.js'), ...args]);
    },
  },
  {
    name: 'jest-nest-12-esm',
    async run(workspace) {
      await workspace.install({
        type: 'module',
        dependencies: {
          ...usualDependencies,
          ...nestWithTests(12),
          ...installed('README.md', /^npm install (nestjs-leader-election .*) # with Nest 12$/m),
          ...versionsOf('typescript'),
          vitest: '^4.1.2',
        },
      });
      workspace.write('tsconfig.json', { compilerOptions: forNest12 });

      workspace.write('jest.config.js', configuration('jest.config.js'));
      for (const { name, code } of examples) workspace.write(`src/${name}.spec.ts`, code);
      await workspace.run(workspace.node, [program('jest/bin/jest.js')], vmModules);

      workspace.write('vitest.config.js', configuration('vitest.config.js'));
      for (const { name, code } of examples)
        workspace.write(`src/${name}.spec.ts`, forVitest(code));
      await workspace.run(workspace.node, [program('vitest/vitest.mjs'), 'run']);
    },
  },
];

/** @param {11 | 12} major */
function nestWithTests(major) {
  const { '@nestjs/common': common, '@nestjs/core': core } = nest[major];
  return {
    '@nestjs/common': common,
    '@nestjs/core': core,
    '@nestjs/platform-express': common,
    '@nestjs/testing': common,
    ...versionsOf('jest', '@jest/globals'),
    'ts-jest': '^29.4.0',
  };
}

/**
 * What a command on a page installs beside this package, whose version is the packed one.
 *
 * @param {string} path
 * @param {RegExp} command whose group is the names
 * @returns {Record<string, string>}
 */
function installed(path, command) {
  const names = command.exec(read(path))?.[1]?.trim().split(/\s+/);
  if (!names) throw new Error(`${path} does not say ${command}`);
  return Object.fromEntries(
    names
      .filter((name) => name !== 'nestjs-leader-election')
      .map((name) => /^(@?[^@]+)(?:@(.+))?$/.exec(name) ?? [])
      .map(([, name = '', version = 'latest']) => [name, version]),
  );
}

/** The block below the line that ends with the name of the file. @param {string} file */
function configuration(file) {
  const text = read(page);
  const block = blocks.find(({ offset }) =>
    text
      .slice(0, offset)
      .replace(/\s+```\w+\n$/, '')
      .endsWith(`\`${file}\`:`),
  );
  if (!block) throw new Error(`${page} has no ${file}`);
  return block.code;
}

/** As the page says: `vi` in place of `jest`. @param {string} code */
function forVitest(code) {
  return code.replaceAll("'@jest/globals'", "'vitest'").replaceAll(/\bjest\b/g, 'vi');
}

/** @param {string} path below node_modules */
function program(path) {
  return join('node_modules', path);
}
