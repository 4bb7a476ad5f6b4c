import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format as formatText, resolveConfig } from 'prettier';
import { toSvg } from './chart-to-svg.mjs';
import { asMarkdown } from './document.mjs';
import { json } from './store.mjs';

/** @typedef {import('./document.mjs').Section} Section */

/**
 * Writes the report, its charts and its figures.
 *
 * @param {readonly Section[]} sections
 * @param {{ page: string, charts: string }} where the page, and the directory of the charts and the JSON beside it
 */
export async function writeReport(sections, { page, charts }) {
  const directory = join(page, '..', charts);
  // Removes the charts of an earlier report, which may have had others.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writePage(page, asMarkdown(sections, charts));
  await writePage(join(directory, 'report.json'), json(sections.map(asRecord)));
  for (const chart of sections.flatMap(({ presentation }) => presentation.charts)) {
    await writeFile(join(directory, `${chart.name}.svg`), await toSvg(chart));
  }
}

/** Writes a page in the project's format. @param {string} page @param {string} text */
export async function writePage(page, text) {
  const style = await resolveConfig(page);
  await writeFile(page, await formatText(text, { ...style, filepath: page }));
}

/**
 * Writes results between the markers of a page.
 *
 * @param {string} page
 * @param {{ command: string, lines: readonly string[] }} measured `command`: as in the first marker
 * @throws Error if the page lacks the markers
 */
export async function writeMeasured(page, { command, lines }) {
  const begin = `<!-- measured: begin (${command} -- --write) -->`;
  const end = '<!-- measured: end -->';
  const [before, rest] = (await readFile(page, 'utf8')).split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined)
    throw new Error(`${page} lacks the markers for the results: ${begin} … ${end}`);
  await writePage(page, [`${before}${begin}`, '', ...lines, '', `${end}${after}`].join('\n'));
}

/** @param {Section} section */
function asRecord({ title, measurement, presentation: { tables, targets } }) {
  const { part, at, command, machine, data } = measurement;
  return { part, title, at, command, machine, postgresql: data.postgresql, tables, targets };
}
