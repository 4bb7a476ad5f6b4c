// PostgreSQL in a container, where a Docker engine answers and has the image or can pull it in time.
// Everything here is bounded: where there is no engine, or none that can, the run must not wait.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installGroup, load } from '../../../tooling/npm-packages/package-group.mjs';
import { cleanUpAfterExit } from '../../../tooling/process-lifetime/clean-up-after-exit.mjs';

const IMAGE = 'postgres:17-alpine';
const ANSWER_TIMEOUT = 3_000;
const INSTALL_TIMEOUT = 60_000;
const PULL_TIMEOUT = 60_000;
const START_TIMEOUT = 60_000;

/** @returns {Promise<{ url: string, stop: () => Promise<void> } | undefined>} */
export async function startContainer() {
  // testcontainers is installed once, and loading it takes most of a second: not where there can't be an engine.
  if (!mayHaveEngine()) return undefined;
  // A container is removed by remove-containers.mjs, and needs no reaper, whose image may be out of reach.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  try {
    return await start();
  } catch {
    return undefined;
  }
}

function mayHaveEngine() {
  const { DOCKER_HOST, XDG_RUNTIME_DIR } = process.env;
  const sockets = [
    '/var/run/docker.sock',
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.docker/desktop/docker.sock'),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, 'docker.sock')] : []),
  ];
  return Boolean(DOCKER_HOST) || process.platform === 'win32' || sockets.some(existsSync);
}

async function start() {
  const home = await installGroup(
    new URL('./containers/', import.meta.url),
    AbortSignal.timeout(INSTALL_TIMEOUT),
  );
  const [{ getContainerRuntimeClient }, { PostgreSqlContainer }] = await Promise.all([
    load(home, 'testcontainers'),
    load(home, '@testcontainers/postgresql'),
  ]);
  const { container } = await within(ANSWER_TIMEOUT, getContainerRuntimeClient());
  await ensureImage(container.dockerode);

  // By a label and not by its id: the run may be interrupted while the container is starting.
  const label = `nestjs-leader-election.run=${randomUUID()}`;
  const cleaner = cleanUpAfterExit(new URL('./remove-containers.mjs', import.meta.url), label);
  const started = await new PostgreSqlContainer(IMAGE)
    .withLabels(Object.fromEntries([label.split('=')]))
    .withUsername('postgres')
    .withDatabase('postgres')
    .withCommand(['postgres', '-c', 'max_connections=300', '-c', 'fsync=off'])
    .withStartupTimeout(START_TIMEOUT)
    .start()
    .catch(async (/** @type {unknown} */ error) => {
      await cleaner.cleanUpNow();
      throw error;
    });
  return { url: started.getConnectionUri(), stop: () => cleaner.cleanUpNow() };
}

/** @param {any} docker a Dockerode */
async function ensureImage(docker) {
  const local = await within(
    ANSWER_TIMEOUT,
    docker.listImages({ filters: { reference: [IMAGE] } }),
  );
  if (local.length > 0) return;
  const pull = await docker.pull(IMAGE, { abortSignal: AbortSignal.timeout(PULL_TIMEOUT) });
  await new Promise((resolve, reject) => {
    docker.modem.followProgress(pull, (/** @type {Error | null} */ error) =>
      error ? reject(error) : resolve(undefined),
    );
  });
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} answer
 */
async function within(milliseconds, answer) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  });
  await Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
  return answer;
}
