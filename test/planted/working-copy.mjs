import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../tooling/project-root.mjs';
import { plant, testFilesOf } from './fault.mjs';

const run = promisify(execFile);

/** Milliseconds. A fault may make a test wait for as long as it may, or for ever. */
const LONGEST = 120_000;

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
   * Runs the tests that have to notice a fault, until one of them fails.
   *
   * @param {import('./fault.mjs').Fault} fault @param {AbortSignal} signal
   * @returns {Promise<{ noticedBy: string | undefined, problem?: string }>} the name of the test; what else went wrong
   */
  async tryOut(fault, signal) {
    const path = join(this.#directory, fault.file);
    const original = await readFile(path, 'utf8');
    await writeFile(path, plant(original, fault));
    try {
      const { failed, complaint } = await this.test(testFilesOf(fault), signal, LONGEST);
      // A fault that does not even load says nothing about the tests.
      return { noticedBy: failed, ...(!failed && complaint && { problem: complaint }) };
    } finally {
      await writeFile(path, original);
    }
  }

  /**
   * @param {readonly string[]} files @param {AbortSignal} signal @param {number} [timeout] milliseconds; default: none
   * @returns {Promise<{ failed: string | undefined, complaint: string }>} the first test that failed; what jest said, if it did not pass
   */
  async test(files, signal, timeout = 0) {
    const output = join(this.#directory, 'first-failure.txt');
    await rm(output, { force: true });
    const args = [
      '--reporters=<rootDir>/test/planted/first-failure.mjs',
      '--runTestsByPath',
      ...files,
    ];
    const complaint = await jest(args, {
      cwd: this.#directory,
      env: { ...process.env, FIRST_FAILURE: output },
      timeout,
      signal,
    });
    signal.throwIfAborted();
    return { failed: await readFile(output, 'utf8').catch(() => undefined), complaint };
  }

  dispose() {
    return rm(this.#directory, { recursive: true, force: true });
  }
}

/** @param {string} text */
const lastLines = (text) => text.trim().split('\n').slice(-12).join('\n');

/** @param {NodeJS.ErrnoException} error */
function unlessDeleted(error) {
  if (error.code !== 'ENOENT') throw error;
}

/**
 * Runs jest with all its processes in a group of their own, which ends as a whole: a fault may let a worker run in a circle, and
 * such a worker does not notice that jest has gone.
 *
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, timeout: number, signal: AbortSignal }} how `timeout` in milliseconds; 0: none
 * @returns {Promise<string>} what it said last, if it did not pass
 */
async function jest(args, { cwd, env, timeout, signal }) {
  const child = spawn(process.execPath, ['scripts/test.mjs', ...args], {
    ...{ cwd, env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (said = `${said}${chunk}`.slice(-20_000)));
  const endAll = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All have ended by themselves.
    }
  };
  const timer = timeout > 0 ? setTimeout(endAll, timeout) : undefined;
  signal.addEventListener('abort', endAll);
  try {
    const [code] = await once(child, 'exit');
    return code === 0 ? '' : lastLines(said);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', endAll);
    endAll();
  }
}
