// Stores the latest measurement of each part.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @typedef {import('../parts/part.mjs').Measurement} Measurement */

/** @param {string} directory @param {Measurement} measurement */
export async function store(directory, measurement) {
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${measurement.part}.json`);
  // Renamed into place, so that a reader never sees half a file.
  await writeFile(`${file}.part`, json(measurement));
  await rename(`${file}.part`, file);
}

/** The latest measurement. @param {string} directory @param {string} part @returns {Promise<Measurement | undefined>} */
export async function stored(directory, part) {
  const text = await readFile(join(directory, `${part}.json`), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

/** @param {unknown} value */
export const json = (value) => `${JSON.stringify(value, undefined, 2)}\n`;
