// The last will of a test run that started a container: removes it.
// node remove-container.mjs <container id>
import { testatorGone } from '../../../support/last-will.mjs';

const id = /** @type {string} */ (process.argv[2]);

await testatorGone();
const { getContainerRuntimeClient } = await import('testcontainers');
const { container } = await getContainerRuntimeClient();
await container.getById(id).remove({ force: true, v: true });
