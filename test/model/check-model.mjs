// npm run test:model [-- --all]
//
// Goes through every order of events of the protocol in small worlds, with Spin. Without --all only through those that take
// some seconds. Needs the programs spin and gcc.
import { parseArgs } from 'node:util';
import { checks, definitionsOf } from './checks.mjs';
import { goThrough } from './spin.mjs';

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } });
const chosen = checks.filter(({ isLarge = false }) => values.all || !isLarge);

const quit = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => quit.abort());

let failures = 0;
for (const [index, check] of chosen.entries()) {
  const { name, instances, faults, resignations, expected } = check;
  const world = `${instances} instances, ${faults} faults, ${resignations} resignations`;
  console.log(`[${index + 1}/${chosen.length}] ${name}: ${world} …`);
  const { violation, states, seconds } = await goThrough(definitionsOf(check), quit.signal);
  const isAsExpected = judge(violation, expected);
  if (!isAsExpected) failures += 1;
  console.log(
    `  ${isAsExpected ? 'as expected' : 'NOT as expected'}: ${describe(violation)} (${states.toLocaleString('en-US')} states, ${seconds.toFixed(1)} s)`,
  );
}
console.log(
  failures === 0 ? '\nAll as expected' : `\n${failures} of ${chosen.length} not as expected`,
);
process.exitCode = failures === 0 ? 0 : 1;

/** @param {string | undefined} violation @param {import('./checks.mjs').Check['expected']} expected */
function judge(violation, expected) {
  if (expected === 'holds') return violation === undefined;
  return violation?.includes('assertion violated') === true && isOverlap(violation);
}

/** @param {string} violation */
function isOverlap(violation) {
  return violation.includes('phase[0]');
}

/** @param {string | undefined} violation */
function describe(violation) {
  if (violation === undefined) return 'one leader at the most, in every order of events';
  return isOverlap(violation) ? 'two leaders' : violation;
}
