import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, Interval, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { appsOn, type TestApp } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { Diary, timeline } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

/** Every kind of schedule, named and unnamed, with the decorators in either order. */
@Injectable()
class Jobs {
  constructor(private readonly diary: Diary) {}

  @LeaderOnly()
  @Cron(CronExpression.EVERY_SECOND, { name: 'below' })
  cronBelow() {
    this.diary.note('cron below');
  }

  @Cron(CronExpression.EVERY_SECOND, { name: 'above' })
  @LeaderOnly()
  cronAbove() {
    this.diary.note('cron above');
  }

  @LeaderOnly()
  @Cron(CronExpression.EVERY_SECOND)
  unnamedCron() {
    this.diary.note('unnamed cron');
  }

  @LeaderOnly()
  @Interval('interval-below', 10)
  intervalBelow() {
    this.diary.note('interval below');
  }

  @Interval('interval-above', 10)
  @LeaderOnly()
  intervalAbove() {
    this.diary.note('interval above');
  }

  @Interval(10)
  @LeaderOnly()
  unnamedInterval() {
    this.diary.note('unnamed interval');
  }

  @LeaderOnly()
  @Timeout('timeout-below', 10)
  timeoutBelow() {
    this.diary.note('timeout below');
  }

  @Timeout('timeout-above', 10)
  @LeaderOnly()
  timeoutAbove() {
    this.diary.note('timeout above');
  }

  @LeaderOnly()
  @Timeout(10)
  unnamedTimeout() {
    this.diary.note('unnamed timeout');
  }

  @Cron(CronExpression.EVERY_HOUR, { name: 'everywhere' })
  everywhere() {
    // Not leader-only.
  }
}

function scheduled(app: TestApp) {
  const scheduler = app.get(SchedulerRegistry);
  return {
    cron: Object.fromEntries(
      [...scheduler.getCronJobs()].map(([name, job]) => [name, job.isActive]),
    ),
    intervals: scheduler.getIntervals().sort(),
    timeouts: scheduler.getTimeouts().sort(),
  };
}

const onStandby = {
  cron: { below: false, above: false, 'Jobs.unnamedCron': false, everywhere: true },
  intervals: [],
  timeouts: [],
};
const onLeader = {
  cron: { below: true, above: true, 'Jobs.unnamedCron': true, everywhere: true },
  intervals: ['Jobs.unnamedInterval', 'interval-above', 'interval-below'],
  timeouts: ['Jobs.unnamedTimeout', 'timeout-above', 'timeout-below'],
};

describe('leader-only jobs', () => {
  it('stand in the scheduler inactive on a standby, active on the leader, and inactive after the demotion', async () => {
    const first = await startApp('first', { providers: [Jobs] });
    await timeline.shows('first: interval above');
    const second = await startApp('second', { providers: [Jobs] });
    await second.waitsInLine();
    expect(scheduled(first)).toEqual(onLeader);
    expect(scheduled(second)).toEqual(onStandby);

    await first.election.resign();
    await timeline.shows('second: interval above');

    expect(scheduled(first)).toEqual(onStandby);
    expect(scheduled(second)).toEqual(onLeader);
  });

  it('run on the leader, whatever their kind, their name and the order of the decorators', async () => {
    await startApp('first', { providers: [Jobs] });

    for (const kind of ['cron', 'interval', 'timeout']) {
      await timeline.shows(`first: ${kind} above`);
      await timeline.shows(`first: ${kind} below`);
      await timeline.shows(`first: unnamed ${kind}`);
    }
  });

  it('never run on a standby, and all run on it once it leads', async () => {
    const first = await startApp('first');
    await first.leads();
    const second = await startApp('second', { providers: [Jobs] });
    await second.waitsInLine();
    const jobs = second.get(SchedulerRegistry);
    // Even a tick that somebody triggers by hand.
    await jobs.getCronJob('below').fireOnTick();
    expect(timeline.entries).toEqual([]);

    await first.election.resign();

    await timeline.shows('second: timeout above');
    await timeline.shows('second: unnamed interval');
    await timeline.shows('second: unnamed cron');
  });

  it('run their timeout once in each term', async () => {
    const first = await startApp('first', { providers: [Jobs] });
    await timeline.shows('first: timeout below');
    const inFirstTerm = timeline.entries.filter((entry) => entry === 'first: timeout below');
    timeline.clear();

    await first.election.resign();

    await timeline.shows('first: timeout below');
    expect(inFirstTerm).toHaveLength(1);
  });
});

describe('a leader-only job that fails', () => {
  @Injectable()
  class Failing {
    constructor(private readonly diary: Diary) {}

    @LeaderOnly()
    @Cron(CronExpression.EVERY_SECOND)
    async cron() {
      this.diary.note('cron');
      throw new Error('cron: no paper');
    }

    @LeaderOnly()
    @Interval(5)
    async interval() {
      this.diary.note('interval');
      throw new Error('interval: no paper');
    }

    @LeaderOnly()
    @Timeout(5)
    timeout() {
      this.diary.note('timeout');
      throw new Error('timeout: no paper');
    }
  }

  it('is logged with its stack, and runs again while this instance leads on', async () => {
    const { election } = await startApp('first', { providers: [Failing] });
    await timeline.shows('first: timeout');
    await timeline.shows('first: cron');
    timeline.clear();
    await timeline.shows('first: interval');

    expect(election.isLeader).toBe(true);
    expect(log.errors).toEqual(
      expect.arrayContaining(
        ['cron', 'interval', 'timeout'].map((kind) =>
          expect.objectContaining({
            message: expect.stringContaining(`Failing.${kind} failed: Error: ${kind}: no paper`),
            rest: [expect.stringContaining(`Failing.${kind} (`), 'LeaderElection'],
          }),
        ),
      ),
    );
  });
});

it.each<{ of: string; value: unknown }>([
  { of: 'a string', value: 'Europe/Berlin' },
  { of: 'a number', value: 3 },
  { of: 'a bigint', value: 3n },
  { of: 'true', value: true },
  { of: 'a symbol', value: Symbol.for('a symbol') },
  { of: 'a function', value: () => 'a function' },
  { of: 'a class', value: class {} },
  { of: 'an object without a prototype', value: Object.create(null) as object },
  { of: 'nothing', value: undefined },
  { of: 'null', value: null },
])('An application with jobs may provide $of', async ({ value }) => {
  const given = { provide: 'given', useValue: value };
  const made = { provide: 'made', useFactory: async () => Promise.resolve(value) };

  await startApp('first', { providers: [Jobs, given, made] });

  await timeline.shows('first: interval below');
});
