import { read } from '../documentation.mjs';

/**
 * @typedef {object} Query of a panel
 * @property {string} panel the title of the panel
 * @property {string} expr
 * @property {string} legend
 */

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} type
 * @property {string} unit
 * @property {number | undefined} decimals
 * @property {{ x: number, y: number, w: number, h: number }} gridPos
 * @property {Query[]} queries
 */

/** The panels of docs/monitoring/dashboard.json, in their order. @returns {Panel[]} */
export function dashboardPanels() {
  const { panels } = JSON.parse(read('docs/monitoring/dashboard.json'));
  return panels.map((/** @type {any} */ { title, type, gridPos, targets, fieldConfig }) => ({
    title,
    type,
    gridPos,
    unit: fieldConfig.defaults.unit,
    decimals: fieldConfig.defaults.decimals,
    queries: targets.map((/** @type {any} */ { expr, legendFormat }) => ({
      panel: title,
      expr,
      legend: legendFormat,
    })),
  }));
}

/** The expression as Grafana sends it, with all jobs and elections. @param {string} expr @param {string} interval */
export function filledIn(expr, interval) {
  return expr
    .replaceAll('$__rate_interval', interval)
    .replaceAll('$job', '.*')
    .replaceAll('$election', '.*');
}
