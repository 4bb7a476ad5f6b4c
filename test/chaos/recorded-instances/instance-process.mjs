// One instance of an application: a NestJS application context with one leader-only provider, whose duty is to write into
// a table. node instance-process.mjs <options as JSON>
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionModule, LeaderElectionService, LeaderOnly } from 'nestjs-leader-election';
import { Recorder } from './recorder.mjs';
import { Writing } from './writing.mjs';

process.on('disconnect', () => process.exit(1));

const options = JSON.parse(process.argv[2] ?? '{}');
let connection = options.connection;
const recorder = new Recorder(options.record);
const writing = new Writing(options.instanceId, recorder);

class Duty {
  /** @param {import('nestjs-leader-election').Leadership} leadership */
  async onElected(leadership) {
    recorder.note('elected', { term: String(leadership.term) });
    process.send?.('elected');
    writing.start(leadership);
  }

  /** @param {unknown} _leadership @param {string} reason */
  async onDemoted(_leadership, reason) {
    recorder.note('demoted', { reason });
    process.send?.('demoted');
    await writing.end();
    // Duties take a moment to stop.
    await new Promise((resolve) => setTimeout(resolve, 50 * Math.random()));
    recorder.note('stopped');
  }
}
LeaderOnly()(Duty);

/** @param {unknown} message */
const note = (message) => recorder.note('log', { message });

class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [
      LeaderElectionModule.forRoot({
        ...options.timings,
        instanceId: options.instanceId,
        takeover: options.takeover,
        pooler: options.pooler,
        connection: () => connection,
      }),
    ],
    providers: [Duty],
  },
  { logger: { log: note, warn: note, error: note, fatal: note } },
);
app.enableShutdownHooks();

const service = app.get(LeaderElectionService);
process.on('message', (/** @type {{ connection?: string }} */ message) => {
  if (message.connection) connection = message.connection;
  else service.resign().catch((error) => recorder.note('failure', { message: String(error) }));
});
const sample = () => recorder.sample(() => service.isLeader);
const sampling = setInterval(sample, 1);
service.events$.subscribe({
  next: sample,
  complete: () => {
    clearInterval(sampling);
    recorder.note('ended');
  },
});
process.send?.('started');
