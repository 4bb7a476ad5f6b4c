// npm run docs:dashboard: draws the dashboard with the data of a real run (docs/images/dashboard.svg). Needs Prometheus.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toSvg } from '../bench/report/chart-to-svg.mjs';
import { dashboardPanels, filledIn } from '../tooling/prometheus/dashboard.mjs';
import { root } from '../tooling/project-root.mjs';
import { liveThrough } from './draw-dashboard/live-through.mjs';
import { GAP, panelChart } from './draw-dashboard/panel-charts.mjs';

/** The panels' interval, in seconds: Prometheus scrapes once a second. */
const INTERVAL = 8;

/** @typedef {import('../tooling/prometheus/dashboard.mjs').Panel} Panel */

/** @type {object[][]} */
const rows = await liveThrough(async (prometheus, { start, end }) => {
  /** @type {Map<number, object[]>} */
  const byRow = new Map();
  for (const panel of dashboardPanels()) {
    // A panel that counts events shows one value per interval.
    const step = panel.queries.some(({ expr }) => /increase\(/.test(expr)) ? INTERVAL : 1;
    const points = [];
    for (const { expr, legend } of panel.queries) {
      const range = { start: Math.ceil(start), end: Math.floor(end), step };
      for (const { metric, values } of await prometheus.queryRange(
        filledIn(expr, `${INTERVAL}s`),
        range,
      )) {
        const series = legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '');
        for (const [at, value] of values)
          points.push({
            series,
            seconds: at - range.start,
            value: Number(value),
          });
      }
    }
    if (points.length === 0) throw new Error(`The panel "${panel.title}" has no data`);
    const chart = panelChart(panel, points, { step, end: Math.floor(end - start) });
    byRow.set(panel.gridPos.y, [...(byRow.get(panel.gridPos.y) ?? []), chart]);
  }
  return [...byRow.values()];
});

const svg = await toSvg({
  name: 'dashboard',
  alt: '',
  spec: {
    resolve: { scale: { color: 'independent' }, legend: { color: 'independent' } },
    vconcat: rows.map((charts) => ({
      hconcat: charts,
      spacing: GAP,
      resolve: { scale: { color: 'independent' } },
    })),
  },
});
writeFileSync(join(root, 'docs', 'images', 'dashboard.svg'), svg);
console.log(`docs/images/dashboard.svg: ${Math.round(svg.length / 1_000)} kB`);
