// npm run test:matrix [-- options]: the whole suite on other versions of Nest, Node and PostgreSQL (--help says more).
import { ensureInstalled } from './common/install.mjs';
import { runTool } from './common/run-tool.mjs';

ensureInstalled();
runTool('node', ['scripts/matrix/run-matrix.mjs', ...process.argv.slice(2)]);
