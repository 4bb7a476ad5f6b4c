// npm run test:fuzz [-- --payloads 1000000] [-- --seed S]
//
// Lets an instance hear any number of payloads, and watches what it sends, its timers and its memory.
import { setFlagsFromString } from 'node:v8';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';
import cliProgress from 'cli-progress';
import { median } from 'simple-statistics';
import { compile } from '../../tooling/build/compile-folders.mjs';
import { readWholeNumber } from '../../tooling/read-number.mjs';

/** Bytes that the heap may grow by from the second fifth of a run to the last: nothing of a payload is kept. */
const MOST_GROWTH = 3e6;

const { values } = parseArgs({
  options: {
    payloads: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() & 0x7fff_ffff) },
  },
});
const [count, seed] = [
  readWholeNumber('payloads', values.payloads),
  readWholeNumber('seed', values.seed),
];
setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc');

const { directory, remove } = await compile('lib', 'test/fuzz', 'test/support');
const bar = new cliProgress.SingleBar({
  format: '{bar} {percentage}%  {value} of {total} payloads  {eta_formatted} left',
  noTTYOutput: true,
  notTTYSchedule: 15_000,
});
try {
  const { checkPayloads } = await import(
    `${pathToFileURL(directory).href}/test/fuzz/check-payloads.js`
  );
  bar.start(count, 0);
  const { heard, understood, reports, heaps } = await checkPayloads(
    { count, seed },
    (/** @type {number} */ done) => bar.update(done),
  );
  bar.stop();
  const fifth = Math.ceil(heaps.length / 5);
  const growth = median(heaps.slice(-fifth)) - median(heaps.slice(fifth, 2 * fifth));
  console.log(
    `${heard} payloads from seed ${seed} on: ${understood} understood as messages, ${reports} as reports; the heap grew by ${Math.round(growth / 1_000)} kB`,
  );
  if (growth > MOST_GROWTH) throw new Error(`More than ${MOST_GROWTH / 1_000} kB`);
} finally {
  bar.stop();
  await remove();
}
