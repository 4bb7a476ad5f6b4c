// One instance of an application: a NestJS application context with a leader-only provider for each election, whose duties are
// to write into a table, and to run a job that catches up. node instance-process.mjs <options as JSON>
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import {
  getLeaderElectionToken,
  LeaderElectionModule,
  LeaderElectionService,
} from 'nestjs-leader-election';
import { dutyOf } from './duty.mjs';
import { OwnConnection } from './own-connection.mjs';
import { Recorder } from './recorder.mjs';

process.on('disconnect', () => process.exit(1));

/** How often it is looked why there is no connection, in milliseconds. */
const LOOK = 50;

const options = JSON.parse(process.argv[2] ?? '{}');
let connection = options.connection;
/** @type {readonly { name: string, record: string }[]} */
const elections = options.elections;
const ownConnection = new OwnConnection(() => connection);
let led = 0;

/** @param {boolean} leads */
function tell(leads) {
  const before = led;
  led += leads ? 1 : -1;
  if (before === 0 || led === 0) process.send?.(leads ? 'elected' : 'demoted');
}

const recorded = elections.map(({ name, record }) => {
  const recorder = new Recorder(record);
  const { instanceId: instance } = options;
  const Duty = dutyOf({ election: name, instance, recorder, connection: ownConnection, tell });
  return { name, recorder, Duty };
});
const [first] = recorded;

/** @param {unknown} message */
const note = (message) => first?.recorder.note('log', { message });

class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [
      ScheduleModule.forRoot(),
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

let failedAt = 0;
setInterval(() => {
  const { lastError } = service.status();
  if (!lastError || Number(lastError.at) === failedAt) return;
  failedAt = Number(lastError.at);
  first?.recorder.note('no connection', { reason: lastError.error.name });
}, LOOK).unref();

/** The events that the checker needs. */
const NOTED = ['connection-restored', 'connection-lost', 'reserve-entered', 'released'];

for (const { name, recorder } of recorded) {
  /** @type {LeaderElectionService} */
  const election = app.get(getLeaderElectionToken(name));
  const sample = () => recorder.sample(() => election.isLeader);
  const sampling = setInterval(sample, 1);
  if (election.status().connected) recorder.note('connection-restored');
  election.events$.subscribe({
    next: ({ type }) => {
      sample();
      if (NOTED.includes(type)) recorder.note(type);
    },
    complete: () => {
      clearInterval(sampling);
      recorder.note('ended');
    },
  });
}
process.send?.('started');
