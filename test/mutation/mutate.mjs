// npm run test:mutation [-- <folder or file of lib/core> …] [-- --workers 2]
//
// Stryker makes small changes to the code, one at a time. Each changed version is a mutant: Stryker runs the tests that
// cover the change, and one of them has to fail. The report lists the mutants that survived.
import { existsSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from '../../tooling/build/install.mjs';
import { installGroup, load } from '../../tooling/npm-packages/package-group.mjs';
import { root } from '../../tooling/project-root.mjs';
import { readWholeNumber } from '../../tooling/read-number.mjs';
import { equivalentMutants } from './equivalent-mutants.mjs';
import { judge, scoreOf, sumOf } from './judge.mjs';
import { formatReport, formatSummary } from './report.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '2' } },
});
const workers = readWholeNumber('workers', values.workers);
const places = positionals.length > 0 ? positionals : ['lib/core'];
for (const place of places) {
  if (!/^lib\/core\b/.test(place) || !existsSync(join(root, place)))
    throw new Error(`${place} is no folder and no file of lib/core`);
}

/** Percent of the mutants of these folders that the tests have to notice. */
const TARGET = 85;
const TARGETED = ['lib/core/election', 'lib/core/session'];

const [html, json] = ['reports/mutation/mutation.html', 'reports/mutation/mutation.json'];
const sandbox = `node_modules/.cache/mutation-${process.pid}`;
process.on('exit', () => rmSync(join(root, sandbox), { recursive: true, force: true }));
process.chdir(root);
ensureInstalled();
const packages = await installGroup(new URL('./stryker/', import.meta.url));
const { Stryker } = await load(packages, '@stryker-mutator/core');

const startedAt = performance.now();
const stryker = new Stryker({
  mutate: places.map((place) => (place.endsWith('.ts') ? place : `${place}/**/*.ts`)),
  concurrency: workers,
  // What the tests of the suite need.
  ignorePatterns: [
    '**',
    '!lib/**/*.ts',
    '!test/{unit,support,simulation,mutation}/**',
    '!tooling/**',
    '!package.json',
  ],
  tempDirName: sandbox,
  cleanTempDir: 'always',
  symlinkNodeModules: false, // It finds those of the project above it.
  disableTypeChecks: false, // There are none.
  buildCommand: 'node test/mutation/suite/prepare.mjs',
  plugins: ['@stryker-mutator/mocha-runner'],
  testRunner: 'mocha',
  testRunnerNodeArgs: ['--import', new URL('./suite/end-with-parent.mjs', import.meta.url).href],
  coverageAnalysis: 'perTest',
  mochaOptions: {
    // The tests of whole instances come last: a mutant may keep them busy for long, and one test that fails is enough.
    spec: [
      'test/unit/!(election|election-events|instance|reserve|term).test.js',
      'test/unit/*.test.js',
      'test/mutation/suite/simulation.js',
    ],
    ignore: [
      // They need processes of their own, or a server.
      'test/unit/{leaks,partitions}.test.js',
      // They are about Nest, and not about the core.
      'test/unit/{election-duties,leader-cron-job,leader-hooks,leader-timer,still-clock}.test.js',
      'test/unit/{iterate-while-leading,while-leading}.test.js',
    ],
    grep: '^(?!.* is looked at in no time)', // It is about time, of which a mutant would take too much.
    'no-config': true,
    'no-package': true,
    'no-opts': true,
  },
  reporters: [process.stdout.isTTY ? 'progress' : 'progress-append-only', 'html', 'json'],
  htmlReporter: { fileName: html },
  jsonReporter: { fileName: json },
  logLevel: 'error',
});
await stryker.runMutationTest();
const minutes = (performance.now() - startedAt) / 60_000;

/** @type {import('./judge.mjs').StrykerReport & { framework: { version: string } }} */
const report = JSON.parse(await readFile(json, 'utf8'));
const judgement = judge(report, equivalentMutants);
const run = { places, minutes, workers, version: report.framework.version };
await writeFile('reports/mutation.md', formatReport(judgement, run));
console.log(formatSummary(judgement));
console.log(`The survivors: reports/mutation.md; in the code: ${html}`);
for (const folder of TARGETED) {
  const score = scoreOf(sumOf(judgement.files.filter(({ file }) => file.startsWith(folder))));
  if (score >= TARGET) continue;
  console.error(`${folder}: ${score.toFixed(1)} % were noticed; the target is ${TARGET} %`);
  process.exitCode = 1;
}
