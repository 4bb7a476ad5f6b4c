// What was measured last, part by part.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @typedef {import('../parts/part.mjs').Measurement} Measurement */

/** @param {string} directory @param {Measurement} measurement */
export async function store(directory, measurement) {
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${measurement.part}.json`);
  // In one piece, since somebody may read it meanwhile.
  await writeFile(`${file}.part`, json(measurement));
  await rename(`${file}.part`, file);
}

/** What was measured last. @param {string} directory @param {string} part @returns {Promise<Measurement | undefined>} */
export async function stored(directory, part) {
  const text = await readFile(join(directory, `${part}.json`), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

/** @param {unknown} value */
export const json = (value) => `${JSON.stringify(value, undefined, 2)}\n`;
