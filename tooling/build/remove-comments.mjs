import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * Takes the comments out of the compiled JavaScript: users read them in the declarations, which the compiler's own option
 * would take them from as well.
 *
 * @param {string} root of a package with a `dist`
 */
export function removeComments(root) {
  const dist = join(root, 'dist');
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const path = join(dist, file);
    const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
      fileName: file,
      compilerOptions: {
        target: ts.ScriptTarget.ESNext,
        module: ts.ModuleKind.ESNext,
        removeComments: true,
      },
    });
    writeFileSync(path, outputText);
  }
}
