// Cleans up after an EmbeddedServer: stops what still runs in its directory, and removes that.
// node remove-server.mjs <directory>
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parentGone } from '../process-lifetime/clean-up-after-exit.mjs';

const directory = /** @type {string} */ (process.argv[2]);

await parentGone();
// More than once: the program may have gone while its initdb or its server was still starting.
for (const pause of [0, 250, 1_000]) {
  await delay(pause);
  const postmaster = await postmasterPid();
  if (postmaster && signal(postmaster, 'SIGQUIT')) {
    for (let i = 0; i < 100 && signal(postmaster, 0); i++) await delay(20);
    signal(postmaster, 'SIGKILL');
  }
  if (await isRemoved()) break;
}

async function postmasterPid() {
  const lines = await readFile(`${directory}/data/postmaster.pid`, 'utf8').catch(() => '');
  return Number.parseInt(lines, 10) || undefined;
}

/** @param {number} pid @param {NodeJS.Signals | 0} name */
function signal(pid, name) {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Whether there was nothing left to remove. */
async function isRemoved() {
  try {
    await rm(directory, { recursive: true });
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
  }
}
