import { max, median } from 'simple-statistics';
import { table } from '../../report/document.mjs';
import { writeMeasured } from '../../report/files.mjs';
import { format } from '../../report/statistics.mjs';
import { bounds } from './bounded-faults.mjs';
import { freezes } from './freezes.mjs';

const HEAD = ['fault', 'detected by', 'time until', 'bound', 'median', 'longest', 'n'];

/**
 * Writes the table between the markers of a page.
 *
 * @param {string} page
 * @param {number[][]} measured in the order of the bounds
 * @param {string} where
 */
export async function writeBounds(page, measured, where) {
  const rows = bounds.map(({ fault, noticed, what, promise }, index) => {
    const values = measured[index] ?? [];
    const [middle, longest] = [median(values), max(values)].map((value) => `${format(value)} ms`);
    return [fault, noticed, what, promise, `${middle}`, `${longest}`, `${values.length}`];
  });
  const lines = [
    ...table(HEAD, rows),
    ...freezes.map(({ seconds, promise }) => `- Frozen for ${seconds} s: ${promise}.`),
    '',
    where,
  ];
  await writeMeasured(page, { command: 'npm run bench:bounds', lines });
}
