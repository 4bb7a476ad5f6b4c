// node scripts/build-and-run.mjs <program> [its arguments]: builds the library and runs a program that uses it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled } from '../tooling/build/install.mjs';
import { runTool } from '../tooling/build/run-tool.mjs';
import { root } from '../tooling/project-root.mjs';

ensureInstalled();
const [program = '', ...args] = process.argv.slice(2);
const build = spawnSync(
  process.execPath,
  [join(root, 'scripts', 'install-and-run.mjs'), 'nest', 'build'],
  {
    stdio: 'inherit',
  },
);
if (build.status === 0) runTool('node', [join(root, program), ...args]);
else process.exitCode = build.status ?? 1;
