// Makes, elects and closes a Nest application again and again in one process, as a hot reload does, and prints what is
// left. What the garbage collector can't take is a leak.
import 'reflect-metadata';
import { pathToFileURL } from 'node:url';
import { queryObjects } from 'node:v8';
import { NestFactory } from '@nestjs/core';
import { Interval, ScheduleModule } from '@nestjs/schedule';

const [library = '', optionsJson = '{}'] = process.argv.slice(2);
const load = (/** @type {string} */ file) => import(pathToFileURL(`${library}/${file}.js`).href);
const { LeaderElectionModule, LeaderElectionService, LeaderOnly } = await load('index');
const { Instance } = await load('core/fleet/instance');
const { LeaderElectionRegistry } = await load('leader-election.registry');
const { PostgresConnection } = await load('core/postgres/postgres-connection');
const options = JSON.parse(optionsJson);

class Jobs {
  run() {}
}
const method = /** @type {PropertyDescriptor} */ (
  Object.getOwnPropertyDescriptor(Jobs.prototype, 'run')
);
Interval(1)(Jobs.prototype, 'run', method);
LeaderOnly()(Jobs.prototype, 'run', method);
Object.defineProperty(Jobs.prototype, 'run', method);

async function reload() {
  class App {}
  const module = {
    module: App,
    imports: [ScheduleModule.forRoot(), LeaderElectionModule.forRoot(options)],
    providers: [Jobs],
  };
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  await app.get(LeaderElectionService).whenLeader();
  await app.close();
}

function left() {
  const kinds = {
    Jobs,
    LeaderElectionRegistry,
    LeaderElectionService,
    Instance,
    PostgresConnection,
  };
  return {
    handles: process.getActiveResourcesInfo().filter((kind) => /Timeout|TCP/.test(kind)).length,
    listeners: process.eventNames().reduce((sum, event) => sum + process.listenerCount(event), 0),
    ...Object.fromEntries(
      Object.entries(kinds).map(([kind, type]) => [kind, queryObjects(type, { format: 'count' })]),
    ),
  };
}

await reload();
await new Promise(setImmediate);
const once = left();
for (let time = 0; time < 29; time += 1) await reload();
await new Promise(setImmediate);
process.stdout.write(JSON.stringify({ once, thirtyTimes: left() }));
