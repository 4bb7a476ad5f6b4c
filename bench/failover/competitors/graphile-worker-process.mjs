// A worker with a crontab. There is no leader: every worker adds the jobs of each minute, and one of them runs each.
import { options, report } from '../../processes/report.mjs';
import { load } from './packages.mjs';

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
process.on('message', () => {
  report('stopped');
  void runner.stop();
});
report('standing by');
