// A Nest application with one leader-only cron job, in a process of its own, which reports what happens.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import pg from 'pg';

const require = createRequire(import.meta.url);
const { CronTime } = createRequire(require.resolve('@nestjs/schedule'))('cron');

const [library = '', optionsJson = '{}'] = process.argv.slice(2);
const { LeaderElectionModule, LeaderElectionService, LeaderOnly } = await import(
  pathToFileURL(`${library}/index.js`).href
);
const { due, catchUp, ...options } = JSON.parse(optionsJson);

/** @param {string} what @param {object} [details] */
function report(what, details) {
  process.send?.({ what, at: Number(process.hrtime.bigint()) / 1e6, ...details });
}

// Nothing else tells when the server has answered a look at the leader: another statement follows at once.
pg.Client.prototype.query = new Proxy(Reflect.get(pg.Client.prototype, 'query'), {
  apply: async (query, client, values) => {
    const askedAt = Date.now();
    const result = await Reflect.apply(query, client, values);
    for (const { silence } of result?.rows ?? []) {
      if (typeof silence === 'string') report('looked', { seen: askedAt - Number(silence) });
    }
    return result;
  },
});

class Jobs {
  run() {
    report('ran');
  }
}
const method = /** @type {PropertyDescriptor} */ (
  Object.getOwnPropertyDescriptor(Jobs.prototype, 'run')
);
Cron(typeof due === 'number' ? new Date(due) : due)(Jobs.prototype, 'run', method);
LeaderOnly({ catchUp })(Jobs.prototype, 'run', method);
Object.defineProperty(Jobs.prototype, 'run', method);

class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [ScheduleModule.forRoot(), LeaderElectionModule.forRoot(options)],
    providers: [Jobs],
  },
  { logger: false },
);
app
  .get(LeaderElectionService)
  .events$.subscribe((/** @type {{ type: string, leader?: object }} */ { type, leader }) => {
    if (type === 'elected' || type === 'demoted') report(type);
    if (type === 'leader-changed' && leader) report('follows');
  });
process.on('message', (message) => {
  if (typeof message === 'object' && message !== null && 'due' in message) {
    const job = app.get(SchedulerRegistry).getCronJob('Jobs.run');
    job.setTime(new CronTime(new Date(Number(message.due))));
    report('due');
  }
  if (message === 'stop') void app.close().then(() => process.disconnect());
});
process.on('disconnect', () => process.exit());
report('started');
