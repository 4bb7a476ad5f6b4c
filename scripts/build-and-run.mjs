// node scripts/build-and-run.mjs <program> [its arguments]: builds the library and runs a program that uses it.
import { join } from 'node:path';
import { ensureInstalled } from '../tooling/build/install.mjs';
import { runTool } from '../tooling/build/run-tool.mjs';
import { root } from '../tooling/project-root.mjs';

ensureInstalled();
const [program = '', ...args] = process.argv.slice(2);
const { buildPackage } = await import('../tooling/build/build-package.mjs');
await buildPackage();
runTool('node', [join(root, program), ...args]);
