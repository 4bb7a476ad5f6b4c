// One instance of an application: a NestJS application context with a hook and a cron job that catches up, so that all is
// at work that a message can reach. node instance-process.mjs <options of the module as JSON>
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Cron, ScheduleModule } from '@nestjs/schedule';
import { LeaderElectionModule, LeaderElectionService, LeaderOnly } from 'nestjs-leader-election';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { report, reportElection } from '../../../tooling/instances/report-election.mjs';

const options = JSON.parse(process.argv[2] ?? '{}');

class Duty {
  onElected() {}

  /** @param {import('nestjs-leader-election').Leadership} leadership */
  onDemoted(leadership) {
    report({ type: 'hook-ended', term: String(leadership.term) });
  }
}
LeaderOnly()(Duty);

class Jobs {
  tick() {
    report({ type: 'job-started', term: undefined });
  }
}
const tick = /** @type {PropertyDescriptor} */ (
  Object.getOwnPropertyDescriptor(Jobs.prototype, 'tick')
);
Cron('* * * * * *')(Jobs.prototype, 'tick', tick);
LeaderOnly({ catchUp: true })(Jobs.prototype, 'tick', tick);
Object.defineProperty(Jobs.prototype, 'tick', tick);

/** @type {import('nestjs-leader-election').MetricsSink} */
const metrics = {
  leaderStatusChanged() {},
  leaderAcquired() {},
  leaderLost() {},
  heartbeat(milliseconds, { elections }) {
    const term = elections[0]?.term?.toString();
    report({ type: 'heartbeat', sentAt: monotonicNow() - milliseconds, term });
  },
};

class App {}
const app = await NestFactory.createApplicationContext({
  module: App,
  imports: [
    ScheduleModule.forRoot(),
    LeaderElectionModule.forRoot({
      ...options,
      instanceId: String(process.pid),
      connection: process.env['DATABASE_URL'],
      metrics,
    }),
  ],
  providers: [Duty, Jobs],
});
app.enableShutdownHooks();

const service = app.get(LeaderElectionService);
reportElection(service);
process.on('message', (message) => {
  if (message === 'resign') void service.resign();
  if (message === 'memory') {
    globalThis.gc?.(); // What is left is what is held.
    const { heapUsed: heap, external } = process.memoryUsage();
    report({ type: 'memory', heap, external });
  }
});
