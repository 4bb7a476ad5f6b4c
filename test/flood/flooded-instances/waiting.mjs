import { readFileSync } from 'node:fs';

/** For how many milliseconds a process was ready to run and had no processor, so far. @param {number} pid */
function waited(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return undefined; // It has ended; or this is no Linux, which tells it.
  }
}

/**
 * How long processes wait for a processor from now on. On a machine that others keep busy a hand-over takes longer by
 * that, whatever the processes do.
 */
export class Waiting {
  #before;

  /** @param {readonly number[]} pids */
  constructor(pids) {
    this.#before = new Map(pids.map((pid) => [pid, waited(pid)]));
  }

  /** Of some of them together, in milliseconds; those that have ended are left out. @param {readonly (number | undefined)[]} pids */
  of(pids) {
    let sum = 0;
    for (const pid of pids) {
      if (pid === undefined) continue;
      const [before, after] = [this.#before.get(pid), waited(pid)];
      if (before !== undefined && after !== undefined) sum += after - before;
    }
    return sum;
  }
}
