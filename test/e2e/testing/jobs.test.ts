import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, Interval, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { testingApp } from '../../support/testing-app.js';

const HOUR = 3_600_000;

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-01-01T08:30:00Z') });
});
afterEach(() => {
  jest.useRealTimers();
});

@Injectable()
class Jobs {
  readonly runs = { hourly: 0, often: 0, once: 0 };

  @LeaderOnly()
  @Cron(CronExpression.EVERY_HOUR, { name: 'hourly' })
  hourly() {
    this.runs.hourly += 1;
  }

  @LeaderOnly()
  @Interval('often', 60_000)
  often() {
    this.runs.often += 1;
  }

  @LeaderOnly()
  @Timeout('once', 5_000)
  once() {
    this.runs.once += 1;
  }
}

async function appWithJobs() {
  const { moduleRef, testing } = await testingApp([Jobs]);
  /** Ends the term, begins the next one, and lets an hour pass. */
  const hourOfNextTerm = async () => {
    await testing.demote();
    await testing.elect();
    await jest.advanceTimersByTimeAsync(HOUR);
  };
  const registry = moduleRef.get(SchedulerRegistry);
  return { testing, registry, runs: moduleRef.get(Jobs).runs, hourOfNextTerm };
}

it('On a standby, the registry has the cron jobs, inactive, and no intervals or timeouts', async () => {
  const { registry } = await appWithJobs();

  expect(registry.getCronJob('hourly').isActive).toBe(false);
  expect(registry.getIntervals()).toEqual([]);
  expect(registry.getTimeouts()).toEqual([]);
});

it('A timeout runs once in each term', async () => {
  const { testing, runs, hourOfNextTerm } = await appWithJobs();

  await testing.elect();
  await jest.advanceTimersByTimeAsync(HOUR);
  expect(runs.once).toBe(1);

  await hourOfNextTerm();
  expect(runs.once).toBe(2);
});

it('A cron job that is stopped by hand starts again at the next election', async () => {
  const { testing, registry, runs, hourOfNextTerm } = await appWithJobs();
  await testing.elect();

  await registry.getCronJob('hourly').stop();
  await jest.advanceTimersByTimeAsync(HOUR);
  expect(runs.hourly).toBe(0);

  await hourOfNextTerm();
  expect(runs.hourly).toBe(1);
});

it('A deleted cron job does not start again; a deleted interval does', async () => {
  const { testing, registry, runs, hourOfNextTerm } = await appWithJobs();
  await testing.elect();

  registry.deleteCronJob('hourly');
  registry.deleteInterval('often');
  await hourOfNextTerm();

  expect(runs).toMatchObject({ hourly: 0, often: 60 });
});
