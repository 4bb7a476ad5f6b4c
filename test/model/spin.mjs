import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const model = fileURLToPath(new URL('election.pml', import.meta.url));

/** Longer than any schedule of a world of this size. */
const DEPTH = 2_000_000;
/** Megabytes. */
const MOST_MEMORY = 14_000;

/**
 * What came of a world: the first rule that was broken, or nothing.
 *
 * @typedef {object} Outcome
 * @property {string | undefined} violation
 * @property {number} states different ones that were seen
 * @property {number} seconds
 */

/**
 * Goes through a world. States are kept by hashes of 128 bits.
 *
 * @param {readonly string[]} definitions @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
export async function goThrough(definitions, signal) {
  const directory = await mkdtemp(join(tmpdir(), 'model-'));
  const options = { cwd: directory, signal };
  try {
    await run('spin', [...definitions, '-a', model], options).catch(explain);
    const how = ['-w', '-O2', '-DSAFETY', '-DNOCLAIM', '-DHC4', `-DMEMLIM=${MOST_MEMORY}`];
    await run('gcc', [...how, '-o', 'pan', 'pan.c'], options).catch(explain);
    const { stdout } = await run('./pan', [`-m${DEPTH}`], { ...options, maxBuffer: Infinity });
    return read(stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @param {NodeJS.ErrnoException & { stdout?: string, stderr?: string }} error @returns {never} */
function explain(error) {
  if (error.code === 'ENOENT')
    throw new Error(
      "spin and gcc must be installed: install your system's packages of them (on Debian, spin and gcc)",
    );
  throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
}

/** @param {string} output of the program that Spin has written @returns {Outcome} */
export function read(output) {
  const [, violation] = /^pan:1: (.*)$/m.exec(output) ?? [];
  const [, states] = /^\s*(\S+) states, stored$/m.exec(output) ?? [];
  const [, seconds] = /^pan: elapsed time (\S+) seconds$/m.exec(output) ?? [];
  const errors = /errors: (\d+)/.exec(output)?.[1];
  const isComplete =
    errors !== undefined && !/max search depth too small|out of memory/.test(output);
  if (!isComplete || states === undefined || seconds === undefined)
    throw new Error(`Spin did not go through all of it:\n${output}`);
  return {
    violation: errors === '0' ? undefined : (violation ?? 'unknown'),
    states: Number(states),
    seconds: Number(seconds),
  };
}
