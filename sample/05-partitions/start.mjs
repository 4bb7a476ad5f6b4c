// npm run sample:partitions [-- --script]: three instances share a queue by its partitions.
import { ensureInstalled } from '../../tooling/build/install.mjs';

ensureInstalled();
const { runSample } = await import('../../tooling/sample-start/run-sample.mjs');
const { tour } = await import('./tour.mjs');

process.exitCode = await runSample('05-partitions', tour, (instances) => [
  `${instances.length} instances are running. Which partitions has each, and who does the jobs of a customer?`,
  ...instances.map(({ address }) => `  curl ${address}/`),
  `  curl ${instances[0]?.address}/customers/acme`,
  `  curl -X POST ${instances[0]?.address}/jobs -H 'content-type: application/json' -d '{"customer":"acme"}'`,
]);
