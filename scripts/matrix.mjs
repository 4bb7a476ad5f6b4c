// npm run test:matrix [-- options]: the whole suite on other versions of Nest, Node and PostgreSQL (--help says more).
import { ensureInstalled } from './install.mjs';
import { runTool } from './run-tool.mjs';

ensureInstalled();
runTool('node', ['scripts/matrix/run.mjs', ...process.argv.slice(2)]);
