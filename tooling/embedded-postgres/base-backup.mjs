// A hot standby's files: a copy of a running server's, as pg_basebackup would make it. The packages bring no
// pg_basebackup, so this does its steps: https://www.postgresql.org/docs/current/continuous-archiving.html
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { handOver } from './account.mjs';
import { copyDirectory } from './cluster.mjs';

/**
 * @param {string} primary the superuser's URL of a server on this machine
 * @param {import('./cluster.mjs').Place} place
 */
export async function baseBackup(primary, { data, account, version }) {
  const { start, stop } = statements(version);
  const client = new pg.Client(primary);
  await client.connect();
  try {
    const { rows: places } = await client.query(start);
    await copy(places[0].source, data);
    const { rows: labels } = await client.query(stop);
    const files = { backup_label: labels[0].labelfile, 'standby.signal': '' };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(data, name), content);
      await handOver(join(data, name), account);
    }
  } finally {
    await client.end();
  }
  await appendFile(
    join(data, 'postgresql.auto.conf'),
    `primary_conninfo = '${conninfo(new URL(primary))}'\n`,
  );
}

/** Version 15 renamed the functions. @param {string} version */
function statements(version) {
  const [start, stop] =
    Number.parseInt(version) < 15
      ? [`pg_start_backup('standby', true, false)`, 'pg_stop_backup(false, false)']
      : [`pg_backup_start('standby', true)`, 'pg_backup_stop(false)'];
  return {
    start: `SELECT current_setting('data_directory') AS source, ${start}`,
    stop: `SELECT labelfile FROM ${stop}`,
  };
}

/** @param {string} source @param {string} target */
async function copy(source, target) {
  await copyDirectory(source, target).catch((error) => {
    // The server goes on working: a file may be gone before its turn comes, and the log that is replayed knows of it.
    const complaints = String(error.stderr).trim().split('\n');
    if (!complaints.every((line) => line.endsWith('No such file or directory'))) throw error;
  });
  for (const name of ['postmaster.pid', 'postmaster.opts']) {
    await rm(join(target, name), { force: true });
  }
}

/** @param {URL} url */
function conninfo({ hostname, port, username, password }) {
  return `host=${hostname} port=${port} user=${username} password=${password}`;
}
