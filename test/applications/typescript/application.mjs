// A CommonJS project of Nest 11, without @types/pg, as many versions of TypeScript see it. It compiles, and is not run.
import { join } from 'node:path';
import { nest, usualDependencies, versionsOf } from '../application.mjs';

/** How modules are resolved, by the name of a project. */
const resolutions = {
  node10: { module: 'commonjs', moduleResolution: 'node10' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};
/** What an application writes. */
const application = ['src/entry-points.ts', 'src/connection.ts'];

const fives = Array.from({ length: 10 }, (_, minor) => `5.${minor}`);
/** 7 is the native compiler. */
const versions = [...fives, '6', '7'];

/** @param {string} version */
function projectsOf(version) {
  // node10 is gone since 6.
  const resolved = Object.keys(resolutions).filter(
    (name) => name !== 'node10' || fives.includes(version),
  );
  // The declarations themselves have no error either; a check of them takes three times as long as everything else.
  const declarations = ['5.0', '7'].includes(version) ? ['declarations'] : [];
  return [...resolved, 'pg-types', ...declarations].map((name) => `${name}.json`);
}

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'typescript',
    async run(workspace) {
      workspace.copy(new URL('./app', import.meta.url), 'src');
      const { node16, nodenext } = resolutions;
      const projects = {
        ...Object.fromEntries(
          Object.entries(resolutions).map(([name, options]) => [name, project(options)]),
        ),
        'pg-types': project(nodenext, ['src/beside-pg-types.ts']),
        declarations: project({ ...node16, skipLibCheck: false }),
      };
      for (const [name, content] of Object.entries(projects))
        workspace.write(`${name}.json`, content);

      await workspace.install({
        dependencies: {
          ...usualDependencies,
          ...nest[11],
          '@nestjs/terminus': '^11.0.0',
          ...versionsOf('@opentelemetry/api', 'prom-client'),
          'types-of-pg': `npm:@types/pg@${versionsOf('@types/pg')['@types/pg']}`,
          ...Object.fromEntries(versions.map((version) => [folderOf(version), source(version)])),
        },
      });
      for (const version of versions) {
        const tsc = join('node_modules', folderOf(version), 'bin', 'tsc');
        // One process for all its projects, which reads what they share once.
        await workspace.run(process.execPath, [tsc, '--build', '--force', ...projectsOf(version)]);
      }
    },
  },
];

/** @param {object} options @param {string[]} [files] */
function project(options, files = application) {
  return {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2022'],
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      rootDir: 'src',
      outDir: 'dist',
      ...options,
    },
    files,
  };
}

/** Where npm puts it. @param {string} version */
function folderOf(version) {
  return `typescript-${version}`;
}

/** @param {string} version */
function source(version) {
  return `npm:typescript@${version.includes('.') ? `~${version}.0` : `^${version}.0.0`}`;
}
