import { describe, expect, it } from '@jest/globals';
import { Injectable, type ModuleMetadata } from '@nestjs/common';
import {
  Cron,
  CronExpression,
  Interval,
  ScheduleModule,
  SchedulerRegistry,
  Timeout,
} from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { LeaderElectionModule, LeaderOnly } from 'nestjs-leader-election';
import { boot } from '../support/app.js';
import { log } from '../support/collected-log.js';

const election = LeaderElectionModule.forRoot({ standalone: true });

const bootWith = (metadata: ModuleMetadata) =>
  boot({ ...metadata, imports: [election, ScheduleModule.forRoot()] });

describe('two leader-only jobs of one name', () => {
  it.each([
    ['cron', Cron(CronExpression.EVERY_HOUR, { name: 'send' })],
    ['interval', Interval('send', 1_000)],
    ['timeout', Timeout('send', 1_000)],
  ])('fail the boot, as they do without @LeaderOnly(): %s', async (kind, schedule) => {
    @Injectable()
    class Reports {
      @LeaderOnly()
      @schedule
      send() {}
    }
    const again = { provide: 'again', useClass: Reports };

    await expect(bootWith({ providers: [Reports, again] })).rejects.toThrow(
      `Reports.send: another ${kind} is named "send"; give each a unique name`,
    );
  });

  it.each([
    ['interval', Interval('send', 1_000)],
    ['timeout', Timeout('send', 1_000)],
  ])('fail the boot also where the other is not leader-only: %s', async (kind, schedule) => {
    @Injectable()
    class Everywhere {
      @schedule
      send() {}
    }
    @Injectable()
    class OnLeader {
      @LeaderOnly()
      @schedule
      send() {}
    }

    const app = await Test.createTestingModule({
      imports: [election, ScheduleModule.forRoot()],
      providers: [Everywhere, OnLeader],
    })
      .setLogger(log)
      .compile();

    await expect(app.init()).rejects.toThrow(`OnLeader.send: another ${kind} is named "send"`);
    // Everywhere's job is running by then, and Nest 11 does not close an application that could not start.
    const registry = app.get(SchedulerRegistry);
    if (kind === 'interval') registry.deleteInterval('send');
    else registry.deleteTimeout('send');
  });
});
