// node scripts/install-and-run.mjs <tool> [arguments]: installs what is missing, then runs the tool.
import { ensureInstalled } from '../tooling/build/install.mjs';
import { runTool } from '../tooling/build/run-tool.mjs';

const [tool, ...args] = process.argv.slice(2);
if (!tool) throw new Error('Usage: node scripts/install-and-run.mjs <tool> [arguments]');
ensureInstalled();
runTool(tool, args);
