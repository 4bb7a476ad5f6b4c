import { readFile } from 'node:fs/promises';
import { max, median } from 'simple-statistics';
import { table } from '../report/document.mjs';
import { writePage } from '../report/files.mjs';
import { format } from '../report/statistics.mjs';
import { bounds } from './faults.mjs';
import { freezes } from './freezes.mjs';

const BEGIN = '<!-- measured: begin (npm run bench:bounds -- --write) -->';
const END = '<!-- measured: end -->';
const HEAD = ['fault', 'who notices', 'what is measured', 'bound', 'median', 'longest', 'n'];

/**
 * Puts the table into a page that has a place for it.
 *
 * @param {string} page
 * @param {number[][]} measured in the order of the bounds
 * @param {string} where
 */
export async function writeBounds(page, measured, where) {
  const text = await readFile(page, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${page} has no place for the table: ${BEGIN} … ${END}`);
  const rows = bounds.map(({ fault, noticed, what, promise }, index) => {
    const values = measured[index] ?? [];
    const [middle, longest] = [median(values), max(values)].map((value) => `${format(value)} ms`);
    return [fault, noticed, what, promise, `${middle}`, `${longest}`, `${values.length}`];
  });
  const lines = [
    BEGIN,
    '',
    ...table(HEAD, rows),
    ...freezes.map(({ seconds, promise }) => `- Frozen for ${seconds} s: ${promise}.`),
    '',
    where,
    '',
    END,
  ];
  await writePage(page, `${before}${lines.join('\n')}${after}`);
}
