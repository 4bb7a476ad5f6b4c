import Table from 'cli-table3';
import { TARGET_HEAD, targetRow } from './target.mjs';

/** @param {import('./document.mjs').Section} section */
export function printSection({ title, presentation: { tables, targets } }) {
  console.log(`\n${title}`);
  for (const { head, rows } of tables) print(head, rows);
  if (targets.length > 0) print(TARGET_HEAD, targets.map(targetRow));
}

/** @param {string[]} head @param {string[][]} rows */
function print(head, rows) {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  console.log(table.toString());
}
