import { readFile, writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import { format as formatText, resolveConfig } from 'prettier';
import { max, median } from 'simple-statistics';

const BEGIN = '<!-- measured: begin (npm run bench:bounds -- --write) -->';
const END = '<!-- measured: end -->';

/** @typedef {{ row: import('./faults.mjs').Bound, measured: number[] }} Result */
/** @typedef {Awaited<ReturnType<typeof import('./freezes.mjs').observeFreezes>>} Freezes */

/** @param {Result} result */
export const isKept = ({ row, measured }) => max(measured) <= row.bound;

/** @param {readonly Result[]} results @param {Freezes} freezes */
export function print(results, freezes) {
  const table = new Table({ head: [...HEAD, ''], style: { head: [], border: [] } });
  for (const result of results) table.push([...cells(result), isKept(result) ? 'kept' : 'MISSED']);
  console.log(table.toString());
  for (const { seconds, promise, kept } of freezes) {
    console.log(`Frozen for ${seconds} s: ${promise}: ${kept ? 'kept' : 'MISSED'}`);
  }
}

/** @param {string} page @param {readonly Result[]} results @param {Freezes} freezes @param {string} where */
export async function write(page, results, freezes, where) {
  const text = await readFile(page, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${page} has no place for the table: ${BEGIN} … ${END}`);
  const lines = [
    BEGIN,
    '',
    row(HEAD),
    row(HEAD.map(() => '---')),
    ...results.map((result) => row(cells(result))),
    '',
    ...freezes.map(({ seconds, promise }) => `- Frozen for ${seconds} s: ${promise}.`),
    '',
    where,
    '',
    END,
  ];
  const written = `${before}${lines.join('\n')}${after}`;
  const style = await resolveConfig(page);
  await writeFile(page, await formatText(written, { ...style, filepath: page }));
}

const HEAD = ['fault', 'who notices', 'what is measured', 'bound', 'median', 'longest', 'n'];

/** @param {Result} result */
function cells({ row: { fault, noticed, what, promise }, measured }) {
  return [
    fault,
    noticed,
    what,
    promise,
    format(median(measured)),
    format(max(measured)),
    String(measured.length),
  ];
}

/** @param {readonly string[]} columns */
const row = (columns) => `| ${columns.join(' | ')} |`;

/** @param {number} milliseconds */
const format = (milliseconds) => `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
