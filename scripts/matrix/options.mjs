import { parseArgs } from 'node:util';
import { axes, axisNames } from './axes.mjs';

const USAGE = `Usage: npm run test:matrix [-- options] [jest arguments]

Runs the suite, or the test files that are named, on other versions of Nest, Node and PostgreSQL, in copies of
the project; all of it comes from npm. Without options: each version with the newest of the others, and the
oldest of all.

Options:
  --nest V,…      only these versions of Nest: ${axes.nest.join(', ')}
  --node V,…      … of Node: ${axes.node.join(', ')}
  --postgres V,…  … of PostgreSQL: ${axes.postgres.join(', ')}
  --full          every version with every other
  --list          say what would run, and end
  -h, --help      show this`;

/** @typedef {{ axes: import('./axes.mjs').Axes, full: boolean, list: boolean, jest: string[] }} Options */

/**
 * @param {string[]} args
 * @returns {Options | { help: string }}
 * @throws Error on an option or a version that does not exist
 */
export function readOptions(args) {
  const version = /** @type {const} */ ({ type: 'string', multiple: true });
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      nest: version,
      node: version,
      postgres: version,
      full: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { help: USAGE };
  const [nest, node, postgres] = axisNames.map((axis) => chosen(axis, values[axis]));
  return {
    axes: /** @type {import('./axes.mjs').Axes} */ ({ nest, node, postgres }),
    full: values.full,
    list: values.list,
    jest: positionals,
  };
}

/**
 * @param {import('./axes.mjs').Axis} axis
 * @param {string[] | undefined} given
 * @returns {readonly string[]} in the order of the axis
 */
function chosen(axis, given) {
  /** @type {readonly string[]} */
  const known = axes[axis];
  if (given === undefined) return known;
  const wanted = given.flatMap((list) => list.split(','));
  const unknown = wanted.filter((version) => !known.includes(version));
  if (unknown.length > 0) {
    throw new Error(
      `--${axis} takes ${known.join(', ')}, or several as ${known.slice(0, 2).join(',')}; given: ${given.join(' ')}`,
    );
  }
  return known.filter((version) => wanted.includes(version));
}
