// The report in Markdown.
import { describeMachine } from './machine.mjs';
import { TARGET_HEAD, targetRow } from './target.mjs';

/** @typedef {import('../parts/part.mjs').Measurement} Measurement */
/** @typedef {import('../parts/part.mjs').Presentation} Presentation */
/** @typedef {{ title: string, measurement: Measurement, presentation: Presentation }} Section */

/** @param {readonly Section[]} sections @param {string} charts the path of their directory */
export function asMarkdown(sections, charts) {
  const targets = sections.flatMap(({ presentation }) => presentation.targets);
  const met = targets.filter(({ isMet }) => isMet).length;
  return [
    '# Benchmarks',
    '',
    '`npm run bench` measures everything on this page, `npm run bench:<part>` one part of it. With `-- --write`, the results go to this page.',
    `${met} of ${targets.length} targets are met.`,
    '',
    ...table(TARGET_HEAD, targets.map(targetRow)),
    ...sections.flatMap((section) => sectionLines(section, charts)),
  ].join('\n');
}

/** @param {Section} section @param {string} charts */
function sectionLines({ title, measurement, presentation }, charts) {
  const { text, tables } = presentation;
  const { postgresql } = measurement.data;
  const server = postgresql ? `PostgreSQL ${postgresql}, ` : '';
  return [
    `## ${title}`,
    '',
    ...text.flatMap((paragraph) => [paragraph, '']),
    ...presentation.charts.flatMap(({ name, alt }) => [`![${alt}](${charts}/${name}.svg)`, '']),
    ...tables.flatMap(({ head, rows }) => table(head, rows)),
    `\`${measurement.command}\`, ${measurement.at.slice(0, 10)}. ${server}${describeMachine(measurement.machine)}.`,
    '',
  ];
}

/** @param {readonly string[]} head @param {readonly string[][]} rows */
export function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}
