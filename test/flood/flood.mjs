// npm run test:flood [-- --help]
//
// Another role in the database sends thousands of notifications a second, of every type, with every value and of every
// size, to a fleet of three applications. It may not end a process or a term, delay a hand-over or a heartbeat, make the
// job run twice or not at all, fill the memory or the log.
import { duration, monotonicNow } from '../../tooling/clock.mjs';
import { startDatabase } from './database.mjs';
import { judge } from './judge.mjs';
import { readOptions } from './options.mjs';
import { report } from './report.mjs';
import { runFlood } from './run-flood.mjs';

const options = readOptions();
console.log(`Seed ${options.seed}`);

const quit = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => quit.abort());

const started = monotonicNow();
const database = await startDatabase();
/** @type {string[]} */
const reports = [];
/** @type {string[]} */
const violations = [];
try {
  for (const takeover of options.takeovers) {
    /** @param {string} line */
    const say = (line) =>
      console.log(`${takeover}, ${duration(monotonicNow() - started)}: ${line}`);
    const run = await runFlood(takeover, options, { database, stop: quit.signal, say });
    reports.push(report(run));
    violations.push(...judge(run));
  }
} catch (error) {
  if (!quit.signal.aborted) throw error;
  violations.push('broken off');
} finally {
  await database.stop();
}
console.log(`\nPostgreSQL ${database.version}, Node ${process.version}${reports.join('\n')}\n`);
if (violations.length === 0) console.log('No violation');
for (const violation of new Set(violations)) {
  const times = violations.filter((other) => other === violation).length;
  console.log(`Violation: ${violation}${times > 1 ? ` (${times} times)` : ''}`);
}
process.exitCode = violations.length > 0 ? 1 : 0;
