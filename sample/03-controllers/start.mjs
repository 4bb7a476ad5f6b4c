// npm run sample:controllers [-- --script]: two instances; the standby refers clients to the leader.
import { ensureInstalled } from '../../tooling/build/install.mjs';

ensureInstalled();
const { runSample } = await import('../../tooling/sample-start/run-sample.mjs');
const { tour } = await import('./tour.mjs');

process.exitCode = await runSample('03-controllers', tour, ([first, second]) => [
  'Two instances are running. Ask either of them, or let the client follow the answer to the leader:',
  `  curl -i -X POST ${first?.address}/tickets`,
  `  curl -i -X POST ${second?.address}/tickets`,
  `  curl ${second?.address}/tickets`,
  `  node sample/03-controllers/client.mjs POST ${second?.address}/tickets`,
]);
