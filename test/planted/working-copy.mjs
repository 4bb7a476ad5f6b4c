import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../tooling/project-root.mjs';
import { plant, testFilesOf } from './fault.mjs';

const run = promisify(execFile);

/** Milliseconds. A fault may make a test wait for ever; without one, there are many more tests. */
const LONGEST = 90_000;
const LONGEST_WITHOUT = 900_000;

/**
 * What jest says of a run.
 *
 * @typedef {object} Report
 * @property {boolean} success
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites
 * @property {{ message: string, assertionResults: { fullName: string, status: string }[] }[]} testResults
 */

/** A copy of the repository in which a fault can be planted. */
export class WorkingCopy {
  #directory;

  /** @param {string} directory */
  constructor(directory) {
    this.#directory = directory;
  }

  /** Of what git knows, as it stands in the working tree. */
  static async make() {
    const directory = await mkdtemp(join(tmpdir(), 'planted-'));
    const { stdout } = await run(
      'git',
      ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      {
        cwd: root,
        maxBuffer: Infinity,
      },
    );
    for (const file of stdout.split('\0').filter(Boolean)) {
      await mkdir(dirname(join(directory, file)), { recursive: true });
      await cp(join(root, file), join(directory, file)).catch(unlessDeleted);
    }
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    return new WorkingCopy(directory);
  }

  /**
   * Runs the tests that have to notice a fault.
   *
   * @param {import('./fault.mjs').Fault} fault @param {AbortSignal} signal
   * @returns {Promise<{ noticedBy: string | undefined, problem?: string }>}
   */
  async tryOut(fault, signal) {
    const path = join(this.#directory, fault.file);
    const original = await readFile(path, 'utf8');
    await writeFile(path, plant(original, fault));
    try {
      return judge(await this.#test(testFilesOf(fault), signal, LONGEST));
    } finally {
      await writeFile(path, original);
    }
  }

  /** Runs tests without a fault. @param {readonly string[]} files @param {AbortSignal} signal */
  test(files, signal) {
    return this.#test(files, signal, LONGEST_WITHOUT);
  }

  /**
   * @param {readonly string[]} files @param {AbortSignal} signal @param {number} timeout milliseconds
   * @returns {Promise<Report | string>} what it says where there is no report
   */
  async #test(files, signal, timeout) {
    const output = join(this.#directory, 'report.json');
    await rm(output, { force: true });
    const args = [
      'scripts/test.mjs',
      '--json',
      `--outputFile=${output}`,
      '--testTimeout=15000',
      '--runTestsByPath',
      ...files,
    ];
    const complaint = await run(process.execPath, args, {
      cwd: this.#directory,
      maxBuffer: Infinity,
      timeout,
      signal,
    }).then(
      () => '',
      (/** @type {Error & { stderr?: string }} */ error) => error.stderr ?? error.message,
    );
    signal.throwIfAborted();
    const report = await readFile(output, 'utf8').catch(() => undefined);
    return report ? JSON.parse(report) : complaint;
  }

  dispose() {
    return rm(this.#directory, { recursive: true, force: true });
  }
}

/** @param {Report | string} report */
function judge(report) {
  if (typeof report === 'string') return { noticedBy: undefined, problem: lastLines(report) };
  const [failed] = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed');
  if (failed) return { noticedBy: failed.fullName };
  // A fault that does not even load says nothing about the tests.
  const broken = report.testResults.find(({ message }) => message !== '');
  return { noticedBy: undefined, ...(broken && { problem: lastLines(broken.message) }) };
}

/** @param {string} text */
const lastLines = (text) => text.trim().split('\n').slice(-12).join('\n');

/** @param {NodeJS.ErrnoException} error */
function unlessDeleted(error) {
  if (error.code !== 'ENOENT') throw error;
}
