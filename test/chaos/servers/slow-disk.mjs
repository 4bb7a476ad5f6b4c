import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('slow-flush.c', import.meta.url));

/** A disk that takes its time to flush, for servers with its environment. */
export class SlowDisk {
  #told;

  /** @param {string} library @param {string} told the file that says for how long */
  constructor(library, told) {
    this.#told = told;
    this.environment = { LD_PRELOAD: library, SLOW_FLUSH: told };
  }

  /**
   * @param {string} directory that the server may read
   * @returns undefined where there is no compiler, or another system than Linux
   */
  static make(directory) {
    if (process.platform !== 'linux') return undefined;
    const library = join(directory, 'slow-flush.so');
    const { error, status } = spawnSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, source]);
    return error || status !== 0 ? undefined : new SlowDisk(library, join(directory, 'slow-flush'));
  }

  /** @param {number} milliseconds of each flush */
  async slow(milliseconds) {
    await writeFile(this.#told, String(Math.round(milliseconds)));
  }

  async heal() {
    await rm(this.#told, { force: true });
  }
}
