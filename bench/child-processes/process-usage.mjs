// What a process of this machine uses. Linux tells; elsewhere nothing is known.
import { readFile } from 'node:fs/promises';

/** Milliseconds for which a process has run on a processor. @param {number} pid */
export async function cpuTime(pid) {
  const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds) / 1e6;
}

/** Bytes of memory that a process has to itself. @param {number} pid */
export async function ownMemory(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
}
