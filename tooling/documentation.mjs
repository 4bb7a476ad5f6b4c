// The pages that users and contributors read, and the code in them.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root } from './project-root.mjs';

/**
 * A fenced block of a page.
 *
 * @typedef {object} CodeBlock
 * @property {string} page
 * @property {number} line in which the code begins
 * @property {string} language what stands behind the opening fence
 * @property {string} code
 * @property {number} offset where the code begins in the page
 * @property {string | undefined} from what it is a quotation of: `<!-- from path -->`, `<!-- from path#region -->`
 * @property {string | undefined} context what a reader can do without and a compiler can't: `<!-- with … -->`
 */

/** Text of a file of the project. @param {string} path */
export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

/** All pages. */
export const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'sample', '.github'].flatMap(pagesBelow),
];

/** @param {string} directory @returns {string[]} */
function pagesBelow(directory) {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(directory, entry.name);
    if (path === 'docs/api') return []; // Generated: npm run check:api.
    if (entry.isDirectory()) return pagesBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const BLOCK = /(?:^<!-- (from|with)\s((?:(?!-->).)*)-->\s*)?^```(\w*)\n(.*?)^```$/gms;

/** @param {string} page @returns {CodeBlock[]} */
export function codeBlocksOf(page) {
  const text = read(page);
  return [...text.matchAll(BLOCK)].map((match) => {
    const [whole, kind, comment = '', language = '', code = ''] = match;
    const offset = match.index + whole.length - '```'.length - code.length;
    return {
      page,
      line: text.slice(0, offset).split('\n').length,
      language,
      code,
      offset,
      from: kind === 'from' ? comment.trim() : undefined,
      context: kind === 'with' ? comment : undefined,
    };
  });
}

/**
 * What a quotation has to read: a file, or a region of it.
 *
 * @param {string} from
 */
export function quoted(from) {
  const [path = '', region] = from.split('#');
  const text = read(path);
  if (region === undefined) return text;
  const found = new RegExp(`^ *// #region ${region}\\n(.*?)^ *// #endregion$`, 'ms').exec(text);
  if (!found?.[1]) throw new Error(`${path} has no "// #region ${region}"`);
  return withoutIndentation(found[1]);
}

/** @param {string} code */
function withoutIndentation(code) {
  const lines = code.split('\n');
  const widths = lines.filter((line) => line !== '').map((line) => line.search(/\S/));
  return lines.map((line) => line.slice(Math.min(...widths))).join('\n');
}

/**
 * The code of a block as a compiler wants it. A line `…` in the context is where the block stands; without one, it stands
 * below the context. An ellipsis in the code is what a reader is spared.
 *
 * @param {CodeBlock} block
 */
export function completed({ code, context }) {
  const spelt = code.replace(/\{ … \}/g, '{}');
  if (context === undefined) return spelt;
  const [before = '', after = ''] = context.split(/^…$/m);
  return [before, spelt, after].join('\n');
}
