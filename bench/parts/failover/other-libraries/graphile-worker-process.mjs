// A worker with a crontab. There is no leader: every worker adds the jobs of each minute, and one worker runs each job.
import { options, report } from '../../../child-processes/report-to-parent.mjs';
import { load } from '../../../../tooling/npm-packages/package-group.mjs';

const { home, connection, name, ...settings } = options;
const { Logger, run } = await load(home, 'graphile-worker');

const runner = await run({
  connectionString: connection,
  schema: name.replaceAll(' ', '_'),
  crontab: '* * * * * tick',
  taskList: { tick: async () => report('leading') },
  noHandleSignals: true,
  logger: new Logger(() => () => {}),
  ...settings,
});
let isStopping = false;
process.on('message', () => {
  report('stopped');
  // A second message comes when the process is disposed of, and the runner rejects a second stop.
  if (!isStopping) void runner.stop();
  isStopping = true;
});
report('standing by');
