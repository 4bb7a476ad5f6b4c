// What a whole server uses, including the processes of sessions that have ended.
import { readFile } from 'node:fs/promises';
import { ownMemory } from '../../child-processes/process-usage.mjs';

/** Ticks per second of the clock by which Linux counts CPU time. */
const TICKS = 100;

/** CPU time in milliseconds: of the postmaster, its children, and its children that have ended. @param {number} postmaster */
export async function serverCpu(postmaster) {
  const own = await times(postmaster, 4);
  const children = await Promise.all((await childrenOf(postmaster)).map((pid) => times(pid, 2)));
  return own + sum(children);
}

/** Bytes that belong to its processes alone. @param {number} postmaster */
export async function serverMemory(postmaster) {
  const pids = [postmaster, ...(await childrenOf(postmaster))];
  return sum(await Promise.all(pids.map((pid) => ownMemory(pid).catch(() => 0))));
}

/** The sum of the first `count` of: user, system, and the same two for children that have ended. @param {number} pid @param {number} count */
async function times(pid, count) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (sum(fields.slice(11, 11 + count).map(Number)) * 1_000) / TICKS;
}

/** @param {number} pid */
async function childrenOf(pid) {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return list.trim().split(' ').filter(Boolean).map(Number);
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);
