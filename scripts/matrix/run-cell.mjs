// Runs the suite in one copy of the project, with one Node and one PostgreSQL.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { packageCache } from '../../tooling/npm-packages/npm-package.mjs';

/** How long a cancelled run has to clean up, in milliseconds. */
const GRACE = 20_000;

/**
 * @typedef {object} Run
 * @property {string} directory the copy of the project
 * @property {string} node the program
 * @property {string} postgres the major version
 * @property {string[]} jest arguments for Jest
 * @property {string} log a file that gets all output
 *
 * @typedef {object} Result
 * @property {boolean} isPassed
 * @property {number} passed how many tests
 * @property {string[]} failed the names of the tests, or of the files that could not be run
 * @property {string | undefined} postgres the version of the server, as printed by the run
 */

/**
 * @param {Run} run
 * @param {(files: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Result>}
 */
export async function runCell({ directory, node, postgres, jest, log }, onProgress, signal) {
  const results = join(directory, 'results.json');
  const own = ['--json', '--outputFile', results, '--cacheDirectory', join(directory, 'cache')];
  const child = spawn(node, [join('scripts', 'test.mjs'), ...own, ...jest], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(node, postgres),
  });
  const breakOff = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE).unref();
  };
  signal.addEventListener('abort', breakOff, { once: true });
  if (signal.aborted) breakOff();

  await mkdir(dirname(log), { recursive: true });
  const file = createWriteStream(log);
  let files = 0;
  /** @type {string | undefined} */
  let server;
  for (const output of [child.stdout, child.stderr]) {
    createInterface(output).on('line', (line) => {
      file.write(`${line}\n`);
      server ??= /^PostgreSQL (\S+) /.exec(line)?.[1];
      if (/^(PASS|FAIL) /.test(line)) onProgress(++files);
    });
  }
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', breakOff);
  file.end();
  await once(file, 'close');
  const { passed, failed } = await counted(results, directory);
  return { isPassed: code === 0, passed, failed, postgres: server };
}

/** @param {string} node @param {string} postgres */
function environment(node, postgres) {
  // npm's variables are for another directory, NODE_OPTIONS may be for another Node, and the server is chosen here.
  const foreign = /^(npm_.*|NODE_OPTIONS|TEST_DATABASE_URL)$/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
    PATH: [dirname(node), process.env['PATH']].join(delimiter),
    PACKAGE_CACHE: packageCache,
    EMBEDDED_POSTGRES_VERSION: postgres,
    FORCE_COLOR: '0',
  };
}

/** @param {string} results @param {string} directory */
async function counted(results, directory) {
  const text = await readFile(results, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: [] }; // The run did not get that far.
  /** @type {{ numPassedTests: number, testResults: { name: string, status: string, assertionResults: { status: string, fullName: string }[] }[] }} */
  const { numPassedTests, testResults } = JSON.parse(text);
  const failed = testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(directory, name);
    const tests = assertionResults.filter((test) => test.status === 'failed');
    if (status === 'failed' && tests.length === 0) return [`${file} could not be run`];
    return tests.map((test) => `${file}: ${test.fullName}`);
  });
  return { passed: numPassedTests, failed };
}
