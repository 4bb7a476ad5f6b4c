// Cleans up after a run: ends the processes that a broken-off run leaves, since one that is frozen does not notice that
// nobody is there any more. node end-processes.mjs <directory of the run>
import { readdir, readFile } from 'node:fs/promises';
import { parentGone } from '../../../tooling/process-lifetime/clean-up-after-exit.mjs';

const directory = /** @type {string} */ (process.argv[2]);

await parentGone();
for (const pid of await readdir('/proc').catch(() => [])) {
  if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (!command.includes('instance-process.mjs') || !command.includes(`${directory}/`)) continue;
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
