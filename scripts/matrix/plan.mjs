import { axisNames, nameOf } from './axes.mjs';

/** @typedef {import('./axes.mjs').Axes} Axes */
/** @typedef {import('./axes.mjs').Cell} Cell */

/**
 * Every version once with the newest of the others, and the oldest of all together: most failures depend on one version
 * alone, and old versions usually fail first.
 *
 * @param {Axes} axes
 * @returns {Cell[]}
 */
export function plan(axes) {
  const newest = corner(axes, -1);
  const each = axisNames.flatMap((axis) =>
    axes[axis].map((version) => ({ ...newest, [axis]: version })),
  );
  const cells = [newest, corner(axes, 0), ...each];
  return [...new Map(cells.map((cell) => [nameOf(cell), cell])).values()];
}

/**
 * Every combination of versions.
 *
 * @param {Axes} axes
 * @returns {Cell[]}
 */
export function fullPlan({ nest, node, postgres }) {
  return nest.flatMap((nest) =>
    node.flatMap((node) => postgres.map((postgres) => ({ nest, node, postgres }))),
  );
}

/** @param {Axes} axes @param {0 | -1} end */
function corner({ nest, node, postgres }, end) {
  return {
    nest: String(nest.at(end)),
    node: String(node.at(end)),
    postgres: String(postgres.at(end)),
  };
}
