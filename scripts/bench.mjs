// node scripts/bench.mjs <benchmark> [its arguments]: builds the library and runs a benchmark on it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';
import { runTool } from './run-tool.mjs';

ensureInstalled();
const [benchmark = '', ...args] = process.argv.slice(2);
const build = spawnSync(process.execPath, [join(root, 'scripts', 'run.mjs'), 'nest', 'build'], {
  stdio: 'inherit',
});
if (build.status === 0) runTool('node', [join(root, 'bench', `${benchmark}.mjs`), ...args]);
else process.exitCode = build.status ?? 1;
