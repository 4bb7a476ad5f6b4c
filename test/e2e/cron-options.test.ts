import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, SchedulerRegistry, type CronOptions } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { appsOn, type TestApp } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { Diary, eventually, latch, timeline } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

const job = (app: TestApp, name: string) => app.get(SchedulerRegistry).getCronJob(name);
const isActive = (app: TestApp, name: string) => job(app, name).isActive;
const count = (entry: string) => timeline.entries.filter((each) => each === entry).length;

/** A leader-only job named `job`, and another that shows when the jobs of a term have started. */
function withJob(when: string | Date, options: CronOptions = {}) {
  @Injectable()
  class Jobs {
    constructor(private readonly diary: Diary) {}

    @LeaderOnly()
    @Cron(when, { ...options, name: 'job' })
    job() {
      this.diary.note('worked');
    }

    @LeaderOnly()
    @Cron(CronExpression.EVERY_HOUR, { name: 'started after it' })
    startedAfterIt() {
      // Is only looked at.
    }
  }
  return { providers: [Jobs] };
}

const jobsHaveStarted = (app: TestApp) => eventually(() => isActive(app, 'started after it'));

describe('a leader-only cron job', () => {
  it.each<{ option: string; options: CronOptions; hour: number }>([
    { option: 'timeZone', options: { timeZone: 'Asia/Tokyo' }, hour: 3 },
    { option: 'utcOffset', options: { utcOffset: -120 }, hour: 14 },
  ])('keeps its $option', async ({ options, hour }) => {
    const app = await startApp('app', withJob('0 0 12 * * *', options));
    await jobsHaveStarted(app);

    expect(job(app, 'job').nextDate().toJSDate().getUTCHours()).toBe(hour);
    expect(isActive(app, 'job')).toBe(true);
  });

  it('with waitForCompletion does not start while its last run is under way', async () => {
    @Injectable()
    class Jobs {
      readonly sent = latch();

      constructor(private readonly diary: Diary) {}

      @LeaderOnly()
      @Cron(CronExpression.EVERY_SECOND, { waitForCompletion: true })
      async patient() {
        this.diary.note('patient');
        await this.sent.opened;
      }

      @LeaderOnly()
      @Cron(CronExpression.EVERY_SECOND)
      async hasty() {
        this.diary.note('hasty');
      }
    }
    const { get } = await startApp('app', { providers: [Jobs] });
    await timeline.shows('app: patient');
    await eventually(() => count('app: hasty') >= 3);
    expect(count('app: patient')).toBe(1);

    get(Jobs).sent.open();

    await eventually(() => count('app: patient') >= 2);
  });
});

describe('a leader-only cron job with an initialDelay', () => {
  it('is inactive until the delay has passed, also on the leader', async () => {
    const delayed = withJob(CronExpression.EVERY_SECOND, { initialDelay: 3_600_000 });
    const app = await startApp('app', delayed);
    await jobsHaveStarted(app);

    expect(isActive(app, 'job')).toBe(false);
  });

  it('is active on the leader when the delay has passed', async () => {
    const app = await startApp('app', withJob(CronExpression.EVERY_SECOND, { initialDelay: 200 }));

    await eventually(() => isActive(app, 'job'));
    await timeline.shows('app: worked');
  });

  it('is not started by a delay that passes after the demotion', async () => {
    @Injectable()
    class Everywhere {
      @Cron(CronExpression.EVERY_HOUR, { name: 'everywhere', initialDelay: 1_200 })
      everywhere() {
        // Shows that the delay has passed.
      }
    }
    const { providers } = withJob(CronExpression.EVERY_HOUR, { initialDelay: 1_000 });
    const first = await startApp('first', { providers: [...providers, Everywhere] });
    await jobsHaveStarted(first);
    const second = await startApp('second');
    await second.waitsInLine();
    await first.election.resign();
    await second.leads();

    await eventually(() => isActive(first, 'everywhere'));

    expect(isActive(first, 'job')).toBe(false);
  });
});

describe('a leader-only cron job for a date', () => {
  it('that has passed stays inactive, is told of, and keeps neither the leader nor the next job from starting', async () => {
    const app = await startApp('app', withJob(new Date('2020-01-01T00:00:00Z')));
    await jobsHaveStarted(app);

    expect(isActive(app, 'job')).toBe(false);
    expect(log.warnings).toMatchObject([
      { message: expect.stringMatching(/^Could not start the leader-only cron job "job": .*past/) },
    ]);
    expect(log.errors).toEqual([]);
    expect(app.events.map(({ type }) => type)).not.toContain('demoted');
    expect(app.election.isLeader).toBe(true);
  });

  it('to come is active on the leader only', async () => {
    const toCome = withJob(new Date('2999-01-01T00:00:00Z'));
    const first = await startApp('first', toCome);
    await jobsHaveStarted(first);
    const second = await startApp('second', toCome);
    await second.waitsInLine();
    expect([isActive(first, 'job'), isActive(second, 'job')]).toEqual([true, false]);

    await first.election.resign();
    await jobsHaveStarted(second);

    expect([isActive(first, 'job'), isActive(second, 'job')]).toEqual([false, true]);
  });
});

describe('a leader-only cron job that is disabled', () => {
  it('stays inactive on the leader', async () => {
    const app = await startApp('app', withJob(CronExpression.EVERY_SECOND, { disabled: true }));
    await jobsHaveStarted(app);

    expect(isActive(app, 'job')).toBe(false);
  });

  it('can be started by the application; a demotion stops it for good', async () => {
    const app = await startApp('app', withJob(CronExpression.EVERY_SECOND, { disabled: true }));
    await jobsHaveStarted(app);

    job(app, 'job').start();
    await timeline.shows('app: worked');
    await app.election.resign();
    expect(isActive(app, 'job')).toBe(false);
    await jobsHaveStarted(app);

    expect(isActive(app, 'job')).toBe(false);
  });
});
