// npm run sample:partitions [-- --script]: three instances share a queue by partitions.
import { ensureInstalled } from '../../tooling/build/install.mjs';

ensureInstalled();
const { runSample } = await import('../../tooling/sample-start/run-sample.mjs');
const { tour } = await import('./tour.mjs');

process.exitCode = await runSample('05-partitions', tour, (instances) => [
  `${instances.length} instances are running. Show the partitions of each and the owner of a customer, or add a job:`,
  ...instances.map(({ address }) => `  curl ${address}/`),
  `  curl ${instances[0]?.address}/customers/acme`,
  `  curl -X POST ${instances[0]?.address}/jobs -H 'content-type: application/json' -d '{"customer":"acme"}'`,
]);
