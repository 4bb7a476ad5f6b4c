import { parseArgs } from 'node:util';
import { axes, axisNames } from './axes.mjs';

const USAGE = `Usage: npm run test:matrix -- [options] [jest arguments]

Runs the suite, or the named test files, on other versions of Nest, Node and PostgreSQL, in copies of the
project. All versions come from npm. By default, each version runs with the newest of the others, and the
oldest versions run together.

Options:
  --nest V,…      only these versions of Nest: ${axes.nest.join(', ')}
  --node V,…      only these versions of Node: ${axes.node.join(', ')}
  --postgres V,…  only these versions of PostgreSQL: ${axes.postgres.join(', ')}
  --full          every combination of versions
  --list          show what would run, and exit
  -h, --help      show this help`;

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
      `--${axis} must be one or more of ${known.join(', ')}, separated by commas; given: ${given.join(' ')}`,
    );
  }
  return known.filter((version) => wanted.includes(version));
}
