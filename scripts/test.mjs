// node scripts/test.mjs [jest arguments]
import { ensureInstalled } from '../tooling/build/install.mjs';
import { runTool } from '../tooling/build/run-tool.mjs';

const nodeOptions = [
  process.env['NODE_OPTIONS'],
  // Jest needs it for ES modules; Node would warn about it in every worker.
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  '--unhandled-rejections=strict',
];

ensureInstalled();
runTool('jest', process.argv.slice(2), {
  ...process.env,
  NODE_OPTIONS: nodeOptions.filter(Boolean).join(' '),
});
