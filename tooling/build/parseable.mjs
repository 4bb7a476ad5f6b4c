import { readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * What TypeScript's parser says against a file of JavaScript, at most one thing. Test runners that compile packages (ts-jest) need it
 * to say nothing.
 *
 * @param {string} text
 */
export function objectionTo(text) {
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
