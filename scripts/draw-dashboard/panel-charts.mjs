// Panels of the dashboard as charts of Vega-Lite.

/** @typedef {import('../../tooling/prometheus/dashboard.mjs').Panel} Panel */
/** @typedef {{ seconds: number, value: number, series: string }} Point */

/** Of a panel that is as wide as the dashboard, in pixels. */
const WIDTH = 900;
/** Left of the first panel, for the names of instances. */
const LEFT = 140;
/** Between two panels, with the axis of the second. */
export const GAP = 30;
const BETWEEN = 80;
const SECONDS = "datum.label + ' s'";

const COLORS = { stands: '#c8d9e6', leads: '#3f9b5b' };

/** @param {Panel} panel @param {Point[]} points @param {{ step: number, end: number }} time */
export function panelChart(panel, points, { step, end }) {
  const isWide = panel.gridPos.w === 24;
  const common = {
    title: { text: panel.title, anchor: 'start', fontSize: 13 },
    width: isWide ? WIDTH : (WIDTH - BETWEEN) / 2,
    height: isWide ? 90 : 120,
  };
  const x = {
    field: 'seconds',
    type: 'quantitative',
    title: null,
    scale: { domain: [0, end], nice: false },
    axis: { labelExpr: "datum.value + ' s'", tickCount: isWide ? 12 : 6 },
  };
  /** So that panels stand in columns. */
  const extent = panel.gridPos.x === 0 ? LEFT : BETWEEN - GAP;
  const y = { title: null, axis: { minExtent: extent, maxExtent: extent } };
  if (panel.type === 'state-timeline') return timeline(common, { x, y }, points, step);
  const legend = { orient: 'bottom', columns: isWide ? 6 : 2, symbolType: 'square' };
  const values = points
    .filter(({ value }) => Number.isFinite(value)) // No heartbeat, no quantile.
    .map((point) => ({ ...point, value: Number(point.value.toFixed(panel.decimals ?? 4)) }));
  const isBars = /increase\(/.test(panel.queries[0]?.expr ?? '');
  return {
    ...common,
    data: { values: isBars ? values.filter(({ value }) => value > 0) : values },
    mark: isBars
      ? { type: 'bar', width: isWide ? 8 : 6 }
      : { type: 'line', interpolate: panel.unit === 's' ? 'linear' : 'step-after' },
    encoding: {
      x,
      y: {
        ...y,
        field: 'value',
        type: 'quantitative',
        axis: {
          ...y.axis,
          tickCount: 4,
          ...(panel.decimals === 0 ? { tickMinStep: 1, format: 'd' } : { labelExpr: SECONDS }),
        },
      },
      color: { field: 'series', type: 'nominal', title: null, legend },
    },
  };
}

/** @param {object} common @param {{ x: object, y: object }} axes @param {Point[]} points @param {number} step */
function timeline(common, { x, y }, points, step) {
  return {
    ...common,
    height: { step: 18 },
    data: { values: merged(points, step) },
    mark: { type: 'bar', height: 14, clip: true },
    encoding: {
      x,
      x2: { field: 'until' },
      y: { ...y, field: 'series', type: 'nominal' },
      color: {
        field: 'state',
        type: 'nominal',
        title: null,
        scale: { domain: ['leads', 'stands by'], range: [COLORS.leads, COLORS.stands] },
        legend: { orient: 'bottom' },
      },
    },
  };
}

/** One bar for as long as a value stays the same. @param {Point[]} points @param {number} step */
function merged(points, step) {
  /** @type {{ series: string, state: string, seconds: number, until: number }[]} */
  const bars = [];
  for (const { series, seconds, value } of points) {
    const state = value > 0 ? 'leads' : 'stands by';
    const last = bars.at(-1);
    if (last?.series === series && last.state === state && last.until === seconds)
      last.until = seconds + step;
    else bars.push({ series, state, seconds, until: seconds + step });
  }
  return bars;
}
