import Table from 'cli-table3';
import colours from 'picocolors';
import { fill } from './fill.mjs';

/** @typedef {import('../../sample/02-cluster/src/state/headline.js').Headline} Headline */
/** @typedef {import('../../sample/02-cluster/src/state/instances.js').Instance} Instance */
/** @typedef {import('../../sample/02-cluster/src/state/portrait.js').Portrait} Portrait */

/**
 * @typedef {object} View
 * @property {Headline} headline
 * @property {readonly Row[]} rows
 * @property {readonly (string | undefined)[]} runs for each second, the instance that ran the job
 * @property {boolean} restartsEnded
 */

/** @typedef {{ readonly instance: Instance, readonly portrait: Portrait }} Row */

const TONES = {
  good: colours.green,
  warning: colours.yellow,
  bad: colours.red,
  quiet: String,
};

/**
 * The state of a cluster at one moment, in lines of at most `width` columns.
 *
 * @param {View} view
 * @param {number} width
 */
export function panel({ headline, rows, runs, restartsEnded }, width) {
  const { tone, title, text } = headline;
  const titles = fill(title.split(' '), width).map((line) => colours.bold(TONES[tone](line)));
  return [
    ...titles,
    ...fill(text.split(' '), width),
    table(rows, width),
    timeline(runs, width),
    ...keys(restartsEnded, width),
  ].join('\n');
}

/**
 * From the most to the least important, with the width of a cell. A terminal gets as many as fit.
 *
 * @type {readonly { head: string, width: number, cell: (row: Row) => string }[]}
 */
const COLUMNS = [
  { head: '', width: 4, cell: ({ instance }) => `#${instance.number}` },
  { head: 'state', width: 10, cell: ({ portrait }) => colouredState(portrait) },
  { head: 'may act', width: 9, cell: ({ portrait }) => (portrait.mayAct ? 'yes' : 'no') },
  { head: 'job runs', width: 10, cell: ({ instance }) => String(instance.runs) },
  { head: 'process', width: 9, cell: ({ instance }) => processOf(instance) },
  { head: 'address', width: 25, cell: ({ instance }) => addressOf(instance) },
];

/** @param {readonly Row[]} rows @param {number} width */
function table(rows, width) {
  let left = width - 1;
  const shown = COLUMNS.filter((column) => (left -= column.width + 1) >= 0);
  const drawn = new Table({
    head: shown.map(({ head }) => head),
    style: { head: [], border: [], compact: true },
    colWidths: shown.map((column) => column.width),
  });
  for (const row of rows) drawn.push(shown.map(({ cell }) => cell(row)));
  return drawn.toString();
}

/** @param {Portrait} portrait */
function colouredState({ state }) {
  switch (state) {
    case 'leader':
      return colours.green(colours.bold(state));
    case 'heir':
      return colours.cyan(state);
    case 'frozen':
    case 'cut off':
      return colours.blue(state);
    case 'ended':
    case 'stopping':
      return colours.dim(state);
    default:
      return state;
  }
}

/** @param {Instance} instance */
function processOf({ phase, pid }) {
  return phase === 'gone' ? '' : String(pid ?? '');
}

/** @param {Instance} instance */
function addressOf({ phase, url }) {
  return phase === 'gone' ? '' : (url ?? '');
}

const RUNS = 'job run by  ';

/**
 * A character for each second: the number of the instance that ran the job.
 *
 * @param {View['runs']} runs
 * @param {number} width
 */
function timeline(runs, width) {
  const unit = '  (one a second)';
  const latest = runs.slice(-Math.max(1, width - RUNS.length - unit.length));
  return `${RUNS}${latest.map((run) => run ?? colours.dim('·')).join('')}${colours.dim(unit)}`;
}

/** @param {boolean} restartsEnded @param {number} width */
function keys(restartsEnded, width) {
  /** @type {readonly (readonly [string, Record<string, string>])[]} */
  const groups = [
    ['the leader', { k: 'kill', s: 'stop', f: 'freeze', c: 'cut off' }],
    ['bring back', { t: 'thaw', r: 'reconnect' }],
    [
      'the cluster',
      {
        a: 'add an instance',
        p: 'restart PostgreSQL',
        o: `auto-restart: ${restartsEnded ? 'on' : 'off'}`,
        q: 'quit',
      },
    ],
  ];
  const indent = RUNS.length;
  return groups.flatMap(([group, actions]) => {
    const items = Object.entries(actions).map(
      ([key, action]) => `${colours.inverse(` ${key} `)} ${action}`,
    );
    return fill(items, width - indent, '  ').map((line, index) => {
      const head = index === 0 ? group : '';
      return `${head.padEnd(indent)}${line}`;
    });
  });
}
