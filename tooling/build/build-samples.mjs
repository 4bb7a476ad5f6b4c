import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { root } from '../project-root.mjs';
import { buildPackage, packageInputs, recordOf } from './build-package.mjs';
import { runCompiler } from './run-compiler.mjs';
import { unlessUpToDate } from './up-to-date.mjs';

const require = createRequire(import.meta.url);

/**
 * Builds the package, and then samples, which find the package by its name; those that are not up to date.
 *
 * @param {string[]} samples their directories
 * @param {AbortSignal} quit
 */
export async function build(samples, quit) {
  await buildPackage({ quit });
  for (const sample of samples) {
    const config = join(root, sample, 'tsconfig.build.json');
    await unlessUpToDate(
      {
        inputs: [...packageInputs, config, join(root, sample, 'src')],
        output: join(root, sample, 'dist'),
        record: recordOf(basename(sample)),
      },
      async () => {
        console.error(`Building ${sample} …`);
        await runCompiler(require.resolve('typescript/bin/tsc'), ['-p', config], quit);
      },
    );
  }
}
