import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** How a file of the package refers to another, in JavaScript and in declarations. Not `import()`, which may come later or never. */
const IMPORTED = /(?:\bfrom|\bimport)\s*['"](\.[^'"]+)['"]/g;

/**
 * A file of the built package, and all that it refers to.
 *
 * @param {string} file absolute
 * @param {Set<string>} [reached]
 * @returns {Set<string>}
 */
export function reachableFrom(file, reached = new Set()) {
  if (reached.has(file)) return reached;
  reached.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
    const imported = resolve(dirname(file), String(path));
    reachableFrom(file.endsWith('.d.ts') ? imported.replace(/\.js$/, '.d.ts') : imported, reached);
  }
  return reached;
}
