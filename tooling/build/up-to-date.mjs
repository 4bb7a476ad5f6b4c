// What keeps a build from being run for nothing.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Build
 * @property {readonly string[]} inputs the files and folders that it reads
 * @property {string} output the folder that it makes
 * @property {string} record a file that this function writes
 */

/**
 * Runs a build, unless all that it reads and all that it makes are as they were when it last ended. Contents count, not
 * times: a clone has none, and an output that was interrupted, removed or changed differs from what was recorded.
 *
 * @param {Build} build
 * @param {() => Promise<void>} run rejects where it fails
 */
export async function unlessUpToDate({ inputs, output, record }, run) {
  // Before it runs: what is changed meanwhile may not be in the output.
  const read = fingerprint(inputs);
  if (recorded(record) === state(read, output)) return;
  await run();
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, state(read, output));
}

/** @param {string} read @param {string} output */
function state(read, output) {
  return JSON.stringify({ read, made: fingerprint([output]) });
}

/** @param {string} record */
function recorded(record) {
  try {
    return readFileSync(record, 'utf8');
  } catch {
    return undefined;
  }
}

/** Of names and contents. @param {readonly string[]} paths some of which need not exist */
function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesIn)) {
    const content = readFileSync(file);
    hash.update(JSON.stringify([file, content.length])).update(content);
  }
  return hash.digest('hex');
}

/** @param {string} path @returns {string[]} */
function filesIn(path) {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isDirectory()) return status ? [path] : [];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
