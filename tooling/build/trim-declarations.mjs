import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import { reachableFrom } from './reachable-files.mjs';

/** How an entry point exports what another file declares. */
const EXPORTED = /\bexport\s[^;]*?\bfrom\s*['"](\.[^'"]+)['"]/g;

/**
 * Makes declarations smaller: tabs for spaces, and no comments where no entry point exports what is declared. Public types refer to
 * it, but nobody can import it.
 *
 * @param {readonly string[]} entries the declarations of the entry points, absolute
 */
export function trimDeclarations(entries) {
  const exported = new Set(entries.flatMap((entry) => [entry, ...exportedBy(entry)]));
  const printer = ts.createPrinter({ removeComments: true });
  for (const file of new Set(entries.flatMap((entry) => [...reachableFrom(entry)]))) {
    const text = readFileSync(file, 'utf8');
    const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
    const kept = exported.has(file) ? text : printer.printFile(parsed);
    writeFileSync(
      file,
      kept.replaceAll(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4)),
    );
  }
}

/** @param {string} entry */
function exportedBy(entry) {
  return [...readFileSync(entry, 'utf8').matchAll(EXPORTED)].map(([, path]) =>
    resolve(dirname(entry), String(path)).replace(/\.js$/, '.d.ts'),
  );
}
