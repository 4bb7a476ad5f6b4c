import { readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * The first error of TypeScript's parser in a file of JavaScript. Test runners that compile packages (ts-jest) need none.
 *
 * @param {string} text
 */
function objectionTo(text) {
  const { diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    fileName: 'bundle.js',
    compilerOptions: {
      allowJs: true,
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ESNext,
    },
  });
  const [first] = diagnostics;
  return first && { ...first, message: ts.flattenDiagnosticMessageText(first.messageText, ' ') };
}

/**
 * Joins lines where esbuild has broken one after a dot and TypeScript's parser takes the dot for the end of a statement
 * (`Symbol.⏎asyncIterator in generator`).
 *
 * @param {string} path
 */
export function makeParseable(path) {
  let text = readFileSync(path, 'utf8');
  for (let found = objectionTo(text); found; found = objectionTo(text)) {
    const { start = 0, message } = found;
    if (text[start] !== '\n') throw new Error(`TypeScript can't parse ${path}: ${message}`);
    text = text.slice(0, start) + text.slice(start + 1);
  }
  writeFileSync(path, text);
}
