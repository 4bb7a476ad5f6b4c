// What a process of this machine uses. Works on Linux only.
import { readFile } from 'node:fs/promises';

/** The CPU time of a process, in milliseconds. @param {number} pid */
export async function cpuTime(pid) {
  const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds) / 1e6;
}

/** Bytes of memory that belong to a process alone. @param {number} pid */
export async function ownMemory(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
}
