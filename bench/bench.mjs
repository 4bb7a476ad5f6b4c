// npm run bench [-- [part…] [--write] [--report-only] [--samples 30 …]]
//
// Measures the named parts, or all parts, and writes the report from the latest measurement of each part: to
// docs/benchmarks.md with --write, otherwise to reports/bench/. With --report-only, it measures nothing.
import { join } from 'node:path';
import { readOptions } from './command-line.mjs';
import { parts } from './parts.mjs';
import { Progress } from './progress.mjs';
import { printSection } from './report/console.mjs';
import { writeReport } from './report/files.mjs';
import { describeMachine, machine } from './report/machine.mjs';
import { store, stored } from './report/store.mjs';
import { root } from '../tooling/project-root.mjs';

const measurements = join(root, 'reports', 'bench');

const options = readOptions(process.argv.slice(2), parts);
if (options.help) {
  console.log(options.help);
  process.exit();
}

for (const { part, values, command } of options.measured) {
  const progress = new Progress(part.name);
  const where = machine();
  console.log(`\n${part.title}: ${describeMachine(where)}`);
  try {
    const keep = (/** @type {unknown} */ data) => {
      const at = new Date().toISOString();
      return store(measurements, { part: part.name, at, command, machine: where, data });
    };
    await keep(await part.measure(values, progress, keep));
  } finally {
    progress.stop();
  }
}

/**
 * Undefined, with a warning, if the stored data comes from an earlier version and no longer fits.
 *
 * @param {import('./parts/part.mjs').Part<any>} part @param {import('./parts/part.mjs').Measurement} measurement
 */
function present(part, { data, command }) {
  try {
    return part.present(data);
  } catch (error) {
    if (options.measured.some((measured) => measured.part === part)) throw error;
    console.warn(
      `Skipped ${part.name}: its stored data does not fit this version (${String(error)}). Measure it again: ${command}`,
    );
    return undefined;
  }
}

/** @type {import('./report/document.mjs').Section[]} */
const sections = [];
for (const part of parts) {
  const measurement = await stored(measurements, part.name);
  if (!measurement) continue;
  const presentation = present(part, measurement);
  if (!presentation) continue;
  const section = { title: part.title, measurement, presentation };
  sections.push(section);
  if (options.named.includes(part)) printSection(section);
  if (options.write) await part.write?.(measurement.data, describeMachine(measurement.machine));
}
const page = options.write ? join(root, 'docs', 'benchmarks.md') : join(measurements, 'report.md');
await writeReport(sections, { page, charts: options.write ? 'benchmarks' : 'charts' });
console.log(`\nReport: ${page}`);

const missed = sections
  .filter(({ measurement }) => options.named.some(({ name }) => name === measurement.part))
  .flatMap(({ presentation }) => presentation.targets)
  .filter(({ isMet }) => !isMet);
if (missed.length > 0) process.exitCode = 1;
