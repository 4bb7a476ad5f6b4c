// A Nest application with shutdown hooks and one leader-only job that takes until it is told to end, in a process of its
// own, which reports what happens.
import 'reflect-metadata';
import { pathToFileURL } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule, Timeout } from '@nestjs/schedule';

const [library = '', optionsJson = '{}'] = process.argv.slice(2);
const { LeaderElectionModule, LeaderOnly } = await import(
  pathToFileURL(`${library}/index.js`).href
);

/** @param {string} what */
const report = (what) => process.send?.({ what });

class Jobs {
  async work() {
    report('working');
    await new Promise((resolve) => process.once('message', resolve));
    report('worked');
  }

  onElected() {
    report('elected');
  }

  onDemoted() {
    report('demoted');
  }
}
const method = /** @type {PropertyDescriptor} */ (
  Object.getOwnPropertyDescriptor(Jobs.prototype, 'work')
);
Timeout(1)(Jobs.prototype, 'work', method);
Object.defineProperty(Jobs.prototype, 'work', method);
LeaderOnly()(Jobs);

class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [ScheduleModule.forRoot(), LeaderElectionModule.forRoot(JSON.parse(optionsJson))],
    providers: [Jobs],
  },
  { logger: ['warn', 'error'] },
);
app.enableShutdownHooks();
// Nothing but the application keeps this process alive, or its channel to the test would.
process.channel?.unref();
