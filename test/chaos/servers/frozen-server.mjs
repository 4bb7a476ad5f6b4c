import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** @typedef {import('../../../tooling/embedded-postgres/embedded-server.mjs').EmbeddedServer} Server */

/** @param {Server} server */
async function dataDirectory(server) {
  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query('SHOW data_directory');
  await client.end();
  return rows[0].data_directory;
}

/** The servers' data directories, which a frozen one can't tell. @type {WeakMap<Server, string>} */
const directories = new WeakMap();

/**
 * Nothing of the server moves any more, and all its connections stay open: a machine that hangs.
 *
 * @param {Server} server
 * @returns its processes
 */
export async function freeze(server) {
  directories.set(server, await dataDirectory(server));
  const postmaster = /** @type {number} */ (server.pid);
  // First the one that would start others.
  process.kill(postmaster, 'SIGSTOP');
  const children = await childrenOf(postmaster);
  for (const pid of children) signal(pid, 'SIGSTOP');
  return [...children, postmaster];
}

/**
 * @param {Server} server
 * @param {number[]} processes
 */
export async function killFrozen(server, processes) {
  if (processes.length === 0) return;
  // Removing a killed server starts it once more, to clean up. Not as a primary: there is another by now.
  const directory = /** @type {string} */ (directories.get(server));
  await writeFile(join(directory, 'standby.signal'), '');
  for (const pid of processes) signal(pid, 'SIGKILL');
  await server.kill();
}

/** @param {number} parent */
async function childrenOf(parent) {
  const found = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // After the program's name in parentheses: the state, then the parent.
    const [, ppid] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (Number(ppid) === parent) found.push(Number(name));
  }
  return found;
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
