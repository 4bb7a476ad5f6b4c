import './instrument';
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { types } from 'node:util';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Cron,
  CronExpression,
  Interval,
  ScheduleModule,
  SchedulerRegistry,
} from '@nestjs/schedule';
import { SentryCron } from '@sentry/nestjs';
import { LeaderOnly } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

let tell: (ran: string) => void = () => assert.fail('a job has run on a standby');

@Injectable()
class Jobs {
  @Cron(CronExpression.EVERY_SECOND, { name: 'above' })
  @LeaderOnly()
  above() {
    tell('above');
  }

  @LeaderOnly()
  @Cron(CronExpression.EVERY_SECOND, { name: 'below' })
  below() {
    tell('below');
  }

  @Cron(CronExpression.EVERY_SECOND, { name: 'monitored' })
  @SentryCron('monitored')
  @LeaderOnly()
  monitored() {
    tell('monitored');
  }

  @Interval('interval', 5)
  @LeaderOnly()
  interval() {
    tell('interval');
  }
}

@Module({
  imports: [ScheduleModule.forRoot(), LeaderElectionTestingModule.forRoot()],
  providers: [Jobs],
})
class AppModule {}

async function main() {
  // @LeaderOnly() makes a proxy, which only Sentry has replaced.
  const method: unknown = Object.getOwnPropertyDescriptor(Jobs.prototype, 'above')?.value;
  assert.equal(types.isProxy(method), false, 'Sentry has not instrumented @Cron()');
  const app = await NestFactory.createApplicationContext(AppModule, { abortOnError: false });
  const registry = app.get(SchedulerRegistry);
  const active = () => [
    ...[...registry.getCronJobs()].flatMap(([name, { isActive }]) => (isActive ? [name] : [])),
    ...registry.getIntervals(),
  ];
  assert.deepEqual(active(), []);
  for (const job of registry.getCronJobs().values()) await job.fireOnTick();

  const awaited = new Set(['above', 'below', 'monitored', 'interval']);
  const allRan = new Promise<void>((resolve) => {
    tell = (ran) => {
      awaited.delete(ran);
      if (awaited.size === 0) resolve();
    };
  });
  await app.get(LeaderElectionTesting).elect();
  await allRan;
  await app.get(LeaderElectionTesting).demote();
  assert.deepEqual(active(), []);
  await app.close();
}

void main();
