import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, Interval } from '@nestjs/schedule';
import { LeaderOnly, type LossReason } from 'nestjs-leader-election';
import { log } from '../../support/collected-log.js';
import { testingApp, Worker } from '../../support/testing-app.js';
import { latch } from '../../support/timeline.js';

const NOW = new Date('2020-02-02T02:02:02Z');
const DAY = 86_400_000;

// Everything that Jest can fake: also setImmediate, queueMicrotask and process.nextTick.
beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
  jest.useRealTimers();
});

@Injectable()
class Reports {
  sent = 0;
  readonly closing = latch();

  @LeaderOnly()
  @Interval(60_000)
  send() {
    this.sent += 1;
  }

  @LeaderOnly()
  async close() {
    await this.closing.opened;
  }
}

@Injectable()
class Backups {
  made = 0;

  @LeaderOnly({ catchUp: true })
  @Cron(CronExpression.EVERY_HOUR)
  make() {
    this.made += 1;
  }
}

describe('under fake timers', () => {
  it.each<LossReason>(['resigned', 'conn_lost', 'lease_expired', 'error', 'shutdown'])(
    'elects, and demotes (%s), without a timer being advanced',
    async (reason) => {
      const { moduleRef, testing } = await testingApp([Worker, Reports]);

      await testing.elect();
      await testing.demote(reason);

      expect(moduleRef.get(Worker).notes).toEqual(['elected 1', `demoted 1 ${reason}`]);
    },
  );

  it('works also where they are put in place afterwards', async () => {
    jest.useRealTimers();
    const { moduleRef, testing } = await testingApp([Worker]);
    jest.useFakeTimers();

    await testing.elect();
    await testing.elsewhere('pod-2');

    expect(moduleRef.get(Worker).notes).toEqual(['elected 1', 'demoted 1 resigned']);
  });

  it('runs the jobs as time is advanced', async () => {
    const { moduleRef, testing } = await testingApp([Reports]);
    const reports = moduleRef.get(Reports);

    await jest.advanceTimersByTimeAsync(180_000);
    expect(reports.sent).toBe(0);

    await testing.elect();
    await jest.advanceTimersByTimeAsync(180_000);
    expect(reports.sent).toBe(3);

    await testing.demote();
    await jest.advanceTimersByTimeAsync(180_000);
    expect(reports.sent).toBe(3);
  });

  it('gives events and terms the date of the test', async () => {
    const { service, testing } = await testingApp();
    const dates: number[] = [];
    service.events$.subscribe(({ at }) => dates.push(at.getTime()));
    jest.setSystemTime(NOW.getTime() + DAY);

    const { since } = await testing.elect();

    expect(since.getTime()).toBe(NOW.getTime() + DAY);
    expect(new Set(dates)).toEqual(new Set([NOW.getTime() + DAY]));
  });

  it.each([DAY, -DAY])('goes on leading when the date jumps by %d ms', async (milliseconds) => {
    const { service, testing } = await testingApp();
    await testing.elect();

    jest.setSystemTime(NOW.getTime() + milliseconds);
    await jest.advanceTimersByTimeAsync(60_000);

    expect(service.isLeader).toBe(true);
  });

  it('abandons a handler after `stopTimeout`', async () => {
    const { moduleRef, testing } = await testingApp([Reports], { stopTimeout: 5_000 });
    await testing.elect();
    const reports = moduleRef.get(Reports);
    const closed = reports.close();

    const demoted = testing.demote();
    await jest.advanceTimersByTimeAsync(5_000);
    await demoted;

    expect(log.text).toContain('still running: Reports.close');
    reports.closing.open();
    await closed;
  });

  describe('a job that catches up', () => {
    const HOUR = 3_600_000;

    it('runs the tick that nobody ran between two leaders', async () => {
      const { moduleRef, testing } = await testingApp([Backups]);
      await testing.elect();
      await testing.demote();
      await jest.advanceTimersByTimeAsync(HOUR);

      await testing.elect();
      await jest.advanceTimersByTimeAsync(0);

      expect(moduleRef.get(Backups).made).toBe(1);
    });

    it('has nothing to catch up on at the first election', async () => {
      const { moduleRef, testing } = await testingApp([Backups]);
      await jest.advanceTimersByTimeAsync(HOUR);

      await testing.elect();
      await jest.advanceTimersByTimeAsync(0);

      expect(moduleRef.get(Backups).made).toBe(0);
    });

    it('leaves alone what another leader has run', async () => {
      const { moduleRef, testing } = await testingApp([Backups]);
      await testing.elect();
      await testing.elsewhere('pod-2');
      await jest.advanceTimersByTimeAsync(HOUR);

      await testing.elect();
      await jest.advanceTimersByTimeAsync(0);

      expect(moduleRef.get(Backups).made).toBe(0);
    });

    it.each<LossReason>(['resigned', 'conn_lost', 'lease_expired', 'error'])(
      'leaves alone what this instance has run before it was demoted (%s)',
      async (reason) => {
        const { moduleRef, testing } = await testingApp([Backups]);
        await testing.elect();
        await jest.advanceTimersByTimeAsync(HOUR);
        expect(moduleRef.get(Backups).made).toBe(1);

        await testing.demote(reason);
        await testing.elect();
        await jest.advanceTimersByTimeAsync(0);

        expect(moduleRef.get(Backups).made).toBe(1);
      },
    );
  });
});
