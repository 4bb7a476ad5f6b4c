import { releases } from '../../tooling/embedded-postgres/releases.mjs';

/** @typedef {'nest' | 'node' | 'postgres'} Axis */
/** @typedef {Record<Axis, string>} Cell one version of each */
/** @typedef {Record<Axis, readonly string[]>} Axes from the oldest to the newest */

/**
 * What the suite is run on: the newest release of each major version; of Nest 11 also, and of Node 20 only, the first one
 * that the package supports.
 */
export const axes = /** @type {const} */ ({
  nest: ['11.1.6', '11', '12'],
  node: ['20', '22', '24', '26'],
  postgres: Object.keys(releases),
});

/** @type {Axis[]} */
export const axisNames = ['nest', 'node', 'postgres'];

/** @param {Cell} cell */
export function nameOf({ nest, node, postgres }) {
  return `Nest ${nest}, Node ${node}, PostgreSQL ${postgres}`;
}
