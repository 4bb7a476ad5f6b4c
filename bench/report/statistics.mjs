import { max, median, min, quantile } from 'simple-statistics';

/** @typedef {ReturnType<typeof summarize>} Summary */

/** @param {readonly number[]} sample */
export function summarize(sample) {
  const values = [...sample];
  if (values.length === 0) throw new Error('Nothing to summarize: no sample was taken');
  return {
    n: values.length,
    min: min(values),
    median: median(values),
    p99: quantile(values, 0.99),
    max: max(values),
  };
}

/** The heads of the cells that {@link cells} gives. */
export const HEADS = ['n', 'min', 'median', 'p99', 'max'];

/** @param {readonly number[]} sample */
export function cells(sample) {
  const { n, ...rest } = summarize(sample);
  return [String(n), ...Object.values(rest).map(format)];
}

/** Below this, a value is noise. */
const NOTHING = 0.0005;

/** With its significant digits only. @param {number} value */
export function format(value) {
  const size = Math.abs(value);
  if (size < NOTHING) return '0';
  if (size < 1) return value.toPrecision(2);
  if (size < 100) return value.toFixed(1);
  return Math.round(value).toLocaleString('en-US');
}
