// npm run test:planted [-- --every N] [-- --only <text>] [-- --workers 2]
//
// Plants one fault after the other in a copy of the repository, and runs the tests that have to notice it. --every N takes
// each N-th fault only, --only those whose name or file has a text.
import { parseArgs } from 'node:util';
import { readWholeNumber } from '../../tooling/read-number.mjs';
import { faults } from './faults.mjs';
import { testFilesOf } from './fault.mjs';
import { WorkingCopy } from './working-copy.mjs';

const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: '2' },
  },
});
const every = readWholeNumber('every', values.every);
const workers = readWholeNumber('workers', values.workers);
const chosen = faults
  .filter(({ name, file }) => `${name} ${file}`.includes(values.only))
  .filter((_, index) => index % every === 0);
if (chosen.length === 0) throw new Error(`No fault has "${values.only}" in its name or file`);

const quit = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => quit.abort());

/** @type {WorkingCopy[]} */
const copies = [];
/** @type {string[]} */
const unnoticed = [];
try {
  for (let worker = 0; worker < workers; worker += 1) copies.push(await WorkingCopy.make());
  await expectGreen();
  const queue = [...chosen.entries()];
  await Promise.all(copies.map((copy) => work(copy, queue)));
} finally {
  await Promise.all(copies.map((copy) => copy.dispose()));
}
const noticed = chosen.length - unnoticed.length;
console.log(`\n${noticed} of ${chosen.length} faults were noticed`);
for (const name of unnoticed) console.log(`  not noticed: ${name}`);
process.exitCode = unnoticed.length === 0 ? 0 : 1;

/** Without a fault, the same tests pass: or they would notice anything. */
async function expectGreen() {
  const [copy] = copies;
  if (!copy) return;
  const files = [...new Set(chosen.flatMap(testFilesOf))];
  console.log(`Without a fault: ${files.length} test files …`);
  const { failed, complaint } = await copy.test(files, quit.signal);
  if (failed || complaint) throw new Error(`They do not pass: ${failed ?? complaint}`);
}

/** @param {WorkingCopy} copy @param {[number, import('./fault.mjs').Fault][]} queue */
async function work(copy, queue) {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [index, fault] = next;
    const { noticedBy, problem } = await copy.tryOut(fault, quit.signal);
    if (noticedBy === undefined) unnoticed.push(fault.name);
    const outcome = noticedBy === undefined ? 'NOT NOTICED' : `noticed by: ${noticedBy}`;
    console.log(`[${index + 1}/${chosen.length}] ${fault.name}\n    ${outcome}`);
    if (problem) console.log(problem);
  }
}
