import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Compiled {
  /** Holds what was compiled, at the same places as in the project. */
  readonly directory: string;
  remove(): Promise<void>;
}

/** Compiles folders of the project for processes of their own; below node_modules, where they find their packages. */
export async function compile(...folders: readonly string[]): Promise<Compiled> {
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'compiled-'));
  await Promise.all(folders.map((folder) => compileFolder(folder, directory)));
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

async function compileFolder(folder: string, directory: string): Promise<void> {
  const files = await readdir(join(root, folder), { recursive: true });
  await Promise.all(
    files
      .filter((file) => file.endsWith('.ts'))
      .map(async (file) => {
        const { code } = await transformFile(join(root, folder, file), {
          swcrc: false,
          jsc: {
            target: 'es2022',
            parser: { syntax: 'typescript', decorators: true },
            transform: { legacyDecorator: true, decoratorMetadata: true },
            keepClassNames: true,
          },
          module: { type: 'es6' },
        });
        const compiled = join(directory, folder, file.replace(/\.ts$/, '.js'));
        await mkdir(dirname(compiled), { recursive: true });
        await writeFile(compiled, code);
      }),
  );
}
