// What the processes of a run have written down.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SLOT } from '../recorded-instances/recorder.mjs';

/**
 * @typedef {object} Interval in which a process read `isLeader` as true, from the first time to the last
 * @property {string} process such as `b.3`, the third process of instance b
 * @property {number} from
 * @property {number} to
 */

/** A run of the job that catches up. @typedef {{ what: 'ran', at: number, tick: number, caughtUp: boolean, term: string, since: number, knewPredecessor: boolean }} Ran */

/** @typedef {{ what: string, at: number, term?: string, reason?: string, message?: string }} Happening */

/**
 * @typedef {object} Records
 * @property {Interval[]} intervals by their beginning
 * @property {Map<string, Happening[]>} happenings of each process, in order
 */

/** @param {string} directory @returns {Promise<Records>} */
export async function readRecords(directory) {
  /** @type {Interval[]} */
  const intervals = [];
  /** @type {Map<string, Happening[]>} */
  const happenings = new Map();
  for (const file of await readdir(directory)) {
    const process = file.slice(0, file.lastIndexOf('.'));
    if (file.endsWith('.intervals')) {
      const bytes = await readFile(join(directory, file));
      for (let at = 0; at + SLOT <= bytes.length; at += SLOT) {
        intervals.push({ process, from: bytes.readDoubleLE(at), to: bytes.readDoubleLE(at + 8) });
      }
    } else if (file.endsWith('.events')) {
      const lines = (await readFile(join(directory, file), 'utf8')).split('\n').filter(Boolean);
      happenings.set(
        process,
        lines.map((line) => JSON.parse(line)),
      );
    }
  }
  return { intervals: intervals.sort((a, b) => a.from - b.from), happenings };
}

/** Of a process. @param {string} process */
export const instanceOf = (process) => process.slice(0, process.lastIndexOf('.'));
