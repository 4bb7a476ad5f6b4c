// npm run sample:typeorm [-- --script]: two instances on one database, with jobs that write on the leader only.
import { ensureInstalled } from '../../tooling/build/install.mjs';

ensureInstalled();
const { runSample } = await import('../../tooling/sample-start/run-sample.mjs');
const { tour } = await import('./tour.mjs');

process.exitCode = await runSample('04-typeorm', tour, ([first, second]) => [
  'Two instances are running. Place orders on either of them:',
  `  curl -X POST ${first?.address}/orders -H 'content-type: application/json' -d '{"amount":5}'`,
  `  curl ${second?.address}/invoices`,
  `  curl ${second?.address}/report`,
]);
