import Table from 'cli-table3';
import { max, median, min, quantile } from 'simple-statistics';

const HEAD = ['milliseconds', 'who', 'n', 'min', 'median', 'p99', 'max', 'bound of p99'];

/**
 * Prints the table; false when a bound was missed.
 *
 * @param {import('./faults.mjs').Measurement[]} measurements
 */
export function printResults(measurements) {
  const table = new Table({ head: HEAD, style: { head: [], border: [] } });
  let kept = true;
  for (const { fault, elector = [], waiter = [], bound } of measurements) {
    const within = quantile(elector, 0.99) <= bound;
    kept &&= within;
    table.push([fault.name, 'elector', ...row(elector), `${bound} ${within ? 'kept' : 'MISSED'}`]);
    table.push(['', 'waiter in pg_advisory_lock', ...row(waiter), '']);
    table.push([
      '',
      'ratio of the medians',
      '',
      '',
      format(median(elector) / median(waiter)),
      '',
      '',
      '',
    ]);
  }
  console.log(
    `\nFrom the fault (graceful: from the end of the duties) to the new leader\n${table.toString()}`,
  );
  return kept;
}

/** @param {number[]} sample */
function row(sample) {
  return [
    sample.length,
    ...[min(sample), median(sample), quantile(sample, 0.99), max(sample)].map(format),
  ];
}

/** @param {number} value */
const format = (value) => value.toFixed(value < 100 ? 1 : 0);
