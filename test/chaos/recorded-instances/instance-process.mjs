// One instance of an application: a NestJS application context with a leader-only provider for each election, whose duty is to
// write into a table. node instance-process.mjs <options as JSON>
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  getLeaderElectionToken,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderOnly,
} from 'nestjs-leader-election';
import { Recorder } from './recorder.mjs';
import { Writing } from './writing.mjs';

process.on('disconnect', () => process.exit(1));

const options = JSON.parse(process.argv[2] ?? '{}');
let connection = options.connection;
/** @type {readonly { name: string, record: string }[]} */
const elections = options.elections;
let led = 0;

/** The duty of one election. @param {string} name @param {Recorder} recorder */
function dutyOf(name, recorder) {
  const writing = new Writing({ instance: options.instanceId, election: name }, recorder);
  class Duty {
    /** @param {import('nestjs-leader-election').Leadership} leadership */
    async onElected(leadership) {
      recorder.note('elected', { term: String(leadership.term) });
      if ((led += 1) === 1) process.send?.('elected');
      writing.start(leadership);
    }

    /** @param {unknown} _leadership @param {string} reason */
    async onDemoted(_leadership, reason) {
      recorder.note('demoted', { reason });
      if ((led -= 1) === 0) process.send?.('demoted');
      await writing.end();
      // Duties take a moment to stop.
      await new Promise((resolve) => setTimeout(resolve, 50 * Math.random()));
      recorder.note('stopped');
    }
  }
  LeaderOnly(name)(Duty);
  return Duty;
}

const recorded = elections.map(({ name, record }) => {
  const recorder = new Recorder(record);
  return { name, recorder, Duty: dutyOf(name, recorder) };
});
const [first] = recorded;

/** @param {unknown} message */
const note = (message) => first?.recorder.note('log', { message });

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
        maxCandidates: options.maxCandidates,
        elections: elections.map(({ name }) => name),
        spread: elections.length > 1,
        connection: () => connection,
      }),
    ],
    providers: recorded.map(({ Duty }) => Duty),
  },
  { logger: { log: note, warn: note, error: note, fatal: note } },
);
app.enableShutdownHooks();

const service = app.get(LeaderElectionService);
process.on('message', (/** @type {{ connection?: string }} */ message) => {
  if (message.connection) connection = message.connection;
  else
    service.resign().catch((error) => first?.recorder.note('failure', { message: String(error) }));
});
for (const { name, recorder } of recorded) {
  /** @type {LeaderElectionService} */
  const election = app.get(getLeaderElectionToken(name));
  const sample = () => recorder.sample(() => election.isLeader);
  const sampling = setInterval(sample, 1);
  election.events$.subscribe({
    next: sample,
    complete: () => {
      clearInterval(sampling);
      recorder.note('ended');
    },
  });
}
process.send?.('started');
