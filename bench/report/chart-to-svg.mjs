// Charts as SVG, without a browser.
import { installGroup, load } from '../../tooling/npm-packages/package-group.mjs';

/**
 * @typedef {object} Chart
 * @property {string} name of its file
 * @property {string} alt its description, for readers who can't see it
 * @property {object} spec of Vega-Lite
 */

/** Legible on light and dark pages. */
const config = {
  background: 'white',
  padding: 12,
  font: 'system-ui, sans-serif',
  view: { stroke: 'transparent' },
  // Without a browser, the width of a label is estimated, and the estimate is too high.
  axis: { grid: true, gridColor: '#e6e6e6', domainColor: '#888', labelLimit: 600 },
  legend: { labelLimit: 600 },
};

/** @param {Chart} chart @returns {Promise<string>} */
export async function toSvg({ spec }) {
  const home = await installGroup(new URL('./charts/', import.meta.url));
  const [{ compile }, { parse, View }] = await Promise.all([
    load(home, 'vega-lite'),
    load(home, 'vega'),
  ]);
  const { spec: compiled } = compile({ ...spec, config });
  const view = new View(parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
