// PostgreSQL refuses to run as root. Started by root it runs as `nobody`, an account that exists.
import { execFile } from 'node:child_process';
import { chown, cp, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** @typedef {{ uid: number, gid: number }} Account */

/** @returns {Promise<Account | undefined>} undefined: the current user will do */
export async function unprivilegedAccount() {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'nobody'])).stdout)),
  );
  if (!uid || !gid) throw new Error('PostgreSQL cannot run as root, and there is no user nobody.');
  return { uid, gid };
}

/**
 * The programs as the account can reach them: a project under /root is closed to everyone else, so
 * that the server gets a copy.
 *
 * @param {string} programs
 * @param {string} copyTo
 */
export async function reachablePrograms(programs, copyTo) {
  if (await isOpenToAll(programs)) return programs;
  await cp(programs, copyTo, { recursive: true, verbatimSymlinks: true });
  return copyTo;
}

/** @param {string} directory @returns {Promise<boolean>} */
async function isOpenToAll(directory) {
  const { mode } = await stat(directory);
  if ((mode & 0o001) === 0) return false;
  return dirname(directory) === directory || isOpenToAll(dirname(directory));
}

/** @param {string} directory @param {Account | undefined} account */
export async function handOver(directory, account) {
  if (account) await chown(directory, account.uid, account.gid);
}
