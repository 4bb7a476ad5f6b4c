// The simulation runs what it compiles itself: it is TypeScript, a million runs are too many for a test runner, and Node
// 20 runs no TypeScript.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';
import { root } from '../install.mjs';

/** @returns the directory that holds `lib` and `test/simulation` as JavaScript; whoever asked for it removes it */
export async function compileSimulation() {
  // Below node_modules, where it finds the packages.
  const directory = join(root, 'node_modules', '.cache', `simulation-${process.pid}`);
  for (const part of ['lib', 'test/simulation']) {
    const source = join(root, part);
    const files = (await readdir(source, { recursive: true })).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
    );
    await Promise.all(
      files.map(async (file) => {
        const { code } = await transformFile(join(source, file), {
          swcrc: false,
          sourceMaps: 'inline',
          jsc: {
            target: 'es2022',
            parser: { syntax: 'typescript', decorators: true },
            transform: { legacyDecorator: true, decoratorMetadata: true },
            keepClassNames: true,
          },
          module: { type: 'es6' },
        });
        const compiled = join(directory, part, file.replace(/\.ts$/, '.js'));
        await mkdir(dirname(compiled), { recursive: true });
        await writeFile(compiled, code);
      }),
    );
  }
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
