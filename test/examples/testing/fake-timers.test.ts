import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { LeaderOnly } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

@Injectable()
class ReportsService {
  sent = 0;

  @LeaderOnly()
  @Cron(CronExpression.EVERY_HOUR)
  async send() {
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    this.sent += 1;
  }
}

let moduleRef: TestingModule;
let election: LeaderElectionTesting;
let reports: ReportsService;

beforeEach(async () => {
  jest.useFakeTimers({ now: new Date('2026-01-01T08:59:59') });
  moduleRef = await Test.createTestingModule({
    imports: [ScheduleModule.forRoot(), LeaderElectionTestingModule.forRoot()],
    providers: [ReportsService],
  }).compile();
  await moduleRef.init();
  election = moduleRef.get(LeaderElectionTesting);
  reports = moduleRef.get(ReportsService);
});

// #region advance
afterEach(async () => {
  const done = moduleRef.close();
  await jest.advanceTimersByTimeAsync(25_000); // stopTimeout
  await done;
  jest.useRealTimers();
});

it('sends the report before it hands over', async () => {
  await election.elect();
  await jest.advanceTimersByTimeAsync(1_000); // It is 09:00: the job starts, and awaits a timer of 5 s.

  const done = election.demote();
  await jest.advanceTimersByTimeAsync(5_000);
  await done;

  expect(reports.sent).toBe(1);
});
// #endregion

it('is closed while the report is being sent', async () => {
  await election.elect();
  await jest.advanceTimersByTimeAsync(1_000);

  expect(reports.sent).toBe(0);
});
