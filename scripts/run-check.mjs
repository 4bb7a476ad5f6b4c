// node scripts/run-check.mjs <tool> [arguments]: installs what is missing, then runs a tool of scripts/checks.
import { delimiter } from 'node:path';
import { ensureInstalled } from '../tooling/build/install.mjs';
import { runTool } from '../tooling/build/run-tool.mjs';
import { installGroup, programsOf } from '../tooling/npm-packages/package-group.mjs';

const [tool, ...args] = process.argv.slice(2);
if (!tool) throw new Error('Usage: node scripts/run-check.mjs <tool> [arguments]');
ensureInstalled();
const programs = programsOf(await installGroup(new URL('./checks/', import.meta.url)));
runTool(tool, args, {
  ...process.env,
  PATH: [programs, process.env['PATH']].join(delimiter),
});
