// A cluster: what a server has on disk, from initdb to the removal of its directory.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanUpAfterExit } from '../process-lifetime/clean-up-after-exit.mjs';
import { handOver, reachablePrograms, unprivilegedAccount } from './account.mjs';
import { binaries } from './binaries.mjs';
import { freePort } from './free-port.mjs';

const run = promisify(execFile);

/**
 * @typedef {object} Cluster
 * @property {string} directory everything the server has on disk
 * @property {string} programs
 * @property {string} version
 * @property {number} port
 * @property {import('./account.mjs').Account | undefined} account
 * @property {ReturnType<typeof cleanUpAfterExit>} cleaner
 */

/**
 * Where a cluster is being made.
 *
 * @typedef {Pick<Cluster, 'directory' | 'programs' | 'version' | 'account'> & { data: string }} Place
 */

/**
 * @param {(place: Place) => Promise<unknown>} fill puts a cluster's files into the empty data directory
 * @returns {Promise<Cluster>}
 */
export async function createCluster(fill) {
  const [{ home, version }, account, port, directory] = await Promise.all([
    binaries(),
    unprivilegedAccount(),
    freePort(),
    mkdtemp(join(tmpdir(), 'embedded-postgres-')),
  ]);
  const cleaner = cleanUpAfterExit(new URL('./remove-server.mjs', import.meta.url), directory);
  const data = join(directory, 'data');
  try {
    await mkdir(data, { mode: 0o700 });
    await Promise.all([directory, data].map((path) => handOver(path, account)));
    const programs = account ? await reachablePrograms(home, join(directory, 'native')) : home;
    await fill({ directory, programs, version, data, account });
    return { directory, programs, version, port, account, cleaner };
  } catch (error) {
    await cleaner.cleanUpNow();
    throw error;
  }
}

/**
 * Whoever starts many servers (a test run) sets this to what `createTemplate` made: initdb takes a second of computing.
 */
const TEMPLATE = 'EMBEDDED_POSTGRES_TEMPLATE';
/** In a cluster's directory: the superuser's. */
const PASSWORD = 'password';

/**
 * Fills an empty data directory: by initdb, or with a copy of the template.
 *
 * @param {Place} place
 * @returns {Promise<string>} the superuser's password
 */
export async function initialize(place) {
  const template = process.env[TEMPLATE];
  if (!template) return initdb(place);
  await copyDirectory(join(template, 'data'), place.data);
  return readFile(join(template, PASSWORD), 'utf8');
}

/**
 * Makes a template for servers to come in this process and in those that it starts.
 *
 * @returns {Promise<{ remove: () => Promise<void> }>}
 */
export async function createTemplate() {
  const template = await createCluster(initdb);
  process.env[TEMPLATE] = template.directory;
  return {
    remove: () => {
      delete process.env[TEMPLATE];
      return removeCluster(template);
    },
  };
}

/** @param {Cluster} cluster */
export async function removeCluster({ directory, cleaner }) {
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  await cleaner.cleanUpNow();
}

/** With owners and modes, which PostgreSQL is particular about. @param {string} source @param {string} target */
export async function copyDirectory(source, target) {
  await run('cp', ['-a', `${source}/.`, target]);
}

/**
 * @param {Place} place
 * @returns {Promise<string>} the superuser's password
 */
async function initdb({ directory, programs, version, data, account }) {
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(directory, PASSWORD);
  await writeFile(passwordFile, password);
  const args = [
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
    // For initdb's own servers as well, should it be interrupted (see EPHEMERAL). Before 16 it had no such option.
    ...(Number.parseInt(version) < 16 ? [] : ['--set=dynamic_shared_memory_type=mmap']),
  ];
  const child = spawn(join(programs, 'bin', 'initdb'), args, {
    ...account,
    cwd: data,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`initdb failed:\n${complaint}`);
  return password;
}

/** @param {Cluster} cluster */
export function lockFile({ directory }) {
  return join(directory, 'data', 'postmaster.pid');
}

/** @param {Cluster} cluster */
export function logFile({ directory }) {
  return join(directory, 'server.log');
}
