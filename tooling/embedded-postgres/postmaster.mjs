// The server process on a cluster.
import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lockFile, logFile } from './cluster.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {import('./cluster.mjs').Cluster} Cluster */
/** @typedef {Record<string, string | number | boolean>} Settings as in postgresql.conf */

/** How long the server may take to start or to halt, in milliseconds. */
export const PATIENCE = 30_000;

/** @param {Cluster} cluster @param {Settings} settings @param {Record<string, string>} environment */
export async function spawnPostmaster(cluster, settings, environment) {
  const { account, directory, port, programs } = cluster;
  const args = Object.entries({ ...settings, port }).flatMap(([name, value]) => [
    '-c',
    `${name}=${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}`,
  ]);
  const log = await open(logFile(cluster), 'a');
  try {
    const child = spawn(
      join(programs, 'bin', 'postgres'),
      ['-D', join(directory, 'data'), ...args],
      {
        ...account,
        env: { ...process.env, ...environment },
        cwd: directory,
        stdio: ['ignore', log.fd, log.fd],
        // Out of reach of the terminal's Ctrl-C: who started the server decides when it ends.
        detached: true,
      },
    );
    child.unref();
    child.on('error', () => {});
    return child;
  } finally {
    await log.close();
  }
}

/**
 * Waits until the server accepts connections.
 *
 * @param {Cluster} cluster
 * @param {ChildProcess} postmaster
 * @param {number} deadline
 * @returns {Promise<string | undefined>} what went wrong, if it didn't start
 */
export async function readiness(cluster, postmaster, deadline) {
  while (Date.now() < deadline) {
    if (postmaster.pid === undefined) return `${cluster.programs}/bin/postgres cannot be run`;
    if (postmaster.exitCode !== null || postmaster.signalCode !== null) {
      return (await readFile(logFile(cluster), 'utf8')).split('\n').slice(-12).join('\n');
    }
    const status = await readFile(lockFile(cluster), 'utf8').catch(() => '');
    // The file of an earlier life names another process.
    const lines = status.split('\n');
    if (Number(lines[0]) === postmaster.pid && lines[7]?.trim() === 'ready') return undefined;
    await delay(10);
  }
  return `it was not ready within ${PATIENCE} ms`;
}
