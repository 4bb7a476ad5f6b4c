import { max, median } from 'simple-statistics';
import { table } from '../../report/document.mjs';
import { writeMeasured } from '../../report/files.mjs';
import { format } from '../../report/statistics.mjs';
import { LEASE } from './contestants.mjs';
import { freeze, gracefulStop, kill, restart, terminate } from './failover-faults.mjs';

/** @typedef {import('./measure-failover.mjs').Series} Series */

/** The rows of the headline table. */
const ROWS = [
  { fault: gracefulStop, what: 'is stopped gracefully (counted from the end of its duties)' },
  { fault: kill, what: 'is killed (SIGKILL)' },
  { fault: terminate, what: 'has its session terminated' },
  { fault: freeze, what: `freezes (SIGSTOP), with a lease of ${LEASE / 1_000} s` },
  { fault: restart, what: 'is disconnected by a server restart (counted from the server’s start)' },
];

/** Beside ours, one column: the usual alternative. `docs/benchmarks.md` has all. */
const COLUMNS = [{ contestant: 'lease table', head: 'a lease table' }];

/**
 * Writes the headline table between the markers of a page.
 *
 * @param {string} page @param {readonly Series[]} series @param {string} where
 */
export async function writeHeadline(page, series, where) {
  const of = (/** @type {string} */ fault, /** @type {string} */ contestant) =>
    series.find((one) => one.fault === fault && one.contestant === contestant)?.milliseconds ?? [];
  const rows = ROWS.map(({ fault, what }) => [
    what,
    figure(of(fault.key, 'elector'), median),
    figure(of(fault.key, 'elector'), max),
    ...COLUMNS.map(({ contestant }) => figure(of(fault.key, contestant), median)),
  ]);
  const head = ['the leader', 'median', 'longest', ...COLUMNS.map(({ head }) => head)];
  const lines = [...table(head, rows), where];
  await writeMeasured(page, { command: 'npm run bench:failover', lines });
}

/** @param {number[]} values @param {(values: number[]) => number} statistic */
const figure = (values, statistic) => (values.length === 0 ? '–' : format(statistic(values)));
