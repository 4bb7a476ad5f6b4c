import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { currentLeadership, LeaderOnly } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

@Injectable()
class ReportsService {
  readonly sentIn: unknown[] = [];

  @LeaderOnly()
  @Cron(CronExpression.EVERY_HOUR)
  send() {
    this.sentIn.push(currentLeadership()?.term);
  }
}

let moduleRef: TestingModule;

beforeEach(async () => {
  jest.useFakeTimers({ now: new Date('2026-01-01T08:59:59') });
  moduleRef = await Test.createTestingModule({
    imports: [ScheduleModule.forRoot(), LeaderElectionTestingModule.forRoot()],
    providers: [ReportsService],
  }).compile();
  await moduleRef.init();
});
afterEach(async () => {
  await moduleRef.close();
  jest.useRealTimers();
});

it('sends the report every hour on the leader, and nowhere else', async () => {
  const election = moduleRef.get(LeaderElectionTesting);
  const { sentIn } = moduleRef.get(ReportsService);

  await jest.advanceTimersByTimeAsync(3_600_000);
  expect(sentIn).toEqual([]);

  await election.elect();
  await jest.advanceTimersByTimeAsync(3_600_000);
  expect(sentIn).toEqual([1n]);

  await election.demote();
  await jest.advanceTimersByTimeAsync(3_600_000);
  expect(sentIn).toEqual([1n]);
});
