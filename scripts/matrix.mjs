// npm run test:matrix -- [options]: runs the whole suite on other versions of Nest, Node and PostgreSQL (see --help).
import { ensureInstalled } from '../tooling/build/install.mjs';
import { runTool } from '../tooling/build/run-tool.mjs';

ensureInstalled();
runTool('node', ['scripts/matrix/run-matrix.mjs', ...process.argv.slice(2)]);
