// Cleans up after a test run that starts a container: removes what carries its label.
// node remove-containers.mjs <label>
import { setTimeout as delay } from 'node:timers/promises';
import { installGroup, load } from '../../../tooling/npm-packages/package-group.mjs';
import { parentGone } from '../../../tooling/process-lifetime/clean-up-after-exit.mjs';

const label = /** @type {string} */ (process.argv[2]);

await parentGone();
const home = await installGroup(new URL('./containers/', import.meta.url));
const { getContainerRuntimeClient } = await load(home, 'testcontainers');
const docker = (await getContainerRuntimeClient()).container.dockerode;
// More than once: the engine may still have been creating it when the run was interrupted.
for (const pause of [0, 250, 1_000]) {
  await delay(pause);
  const containers = await docker.listContainers({ all: true, filters: { label: [label] } });
  for (const { Id } of containers) await docker.getContainer(Id).remove({ force: true, v: true });
  if (containers.length > 0) break;
}
