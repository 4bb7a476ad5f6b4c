import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, type Type } from '@nestjs/common';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import type { LeaderElectionTestingOptions } from 'nestjs-leader-election/testing';
import { log } from '../support/collected-log.js';
import { CronTime } from '../support/cron-package.js';
import { compile, testingApp } from '../support/testing-app.js';

/** A moment at which no second has just begun. */
const NOW = Date.parse('2026-03-28T23:58:30.400Z');

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** A schedule as an application declares it, and what the body does. */
interface Case {
  readonly of: string;
  readonly schedule: MethodDecorator;
  readonly body?: (run: number) => unknown;
  /** What the application does with it meanwhile, at each second. */
  readonly meanwhile?: (registry: SchedulerRegistry, second: number) => void;
  /** For how many seconds it is watched. */
  readonly seconds?: number;
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Also with options that `@Cron()` passes on to the package `cron` without knowing them. */
const cron = (cronTime: unknown, options: object = {}) =>
  Cron(cronTime as string, { name: 'job', ...options });

const both =
  (upper: MethodDecorator, lower: MethodDecorator): MethodDecorator =>
  (...where) => {
    lower(...where);
    upper(...where);
  };

const options: readonly Case[] = [
  { of: 'an expression of five fields', schedule: cron('*/2 * * * *'), seconds: 600 },
  { of: 'an expression of six fields', schedule: cron('*/7 * * * * *') },
  { of: 'an expression by its name', schedule: cron('@hourly'), seconds: 4_000 },
  { of: 'no name', schedule: Cron('*/7 * * * * *') },
  { of: 'an empty name', schedule: Cron('*/7 * * * * *', { name: '' }) },
  {
    of: 'timeZone, in the night in which the clocks change',
    schedule: cron('30 */30 1-4 * * *', { timeZone: 'Europe/Berlin' }),
    seconds: 6 * 3_600,
  },
  { of: 'utcOffset', schedule: cron('0 45 5 * * *', { utcOffset: 330 }), seconds: 3_600 },
  { of: 'disabled', schedule: cron('* * * * * *', { disabled: true }) },
  { of: 'disabled: false', schedule: cron('* * * * * *', { disabled: false }) },
  { of: 'disabled: "true"', schedule: cron('* * * * * *', { disabled: 'true' }) },
  { of: 'disabled: ""', schedule: cron('* * * * * *', { disabled: '' }) },
  {
    of: 'disabled, and started by the application',
    schedule: cron('* * * * * *', { disabled: true }),
    meanwhile: (registry, second) => {
      if (second === 3) registry.getCronJob('job').start();
    },
  },
  {
    of: 'waitForCompletion',
    schedule: cron('* * * * * *', { waitForCompletion: true }),
    body: () => sleep(2_500),
  },
  { of: 'runs that overlap', schedule: cron('* * * * * *'), body: () => sleep(2_500) },
  { of: 'initialDelay', schedule: cron('* * * * * *', { initialDelay: 4_700 }) },
  { of: 'initialDelay: 0', schedule: cron('* * * * * *', { initialDelay: 0 }) },
  { of: 'initialDelay: -1', schedule: cron('* * * * * *', { initialDelay: -1 }) },
  {
    of: 'initialDelay, disabled',
    schedule: cron('* * * * * *', { initialDelay: 2_000, disabled: true }),
  },
  {
    of: 'initialDelay, during which the application deletes the job',
    schedule: cron('* * * * * *', { initialDelay: 4_700 }),
    meanwhile: (registry, second) => {
      if (second === 2) registry.deleteCronJob('job');
    },
  },
  { of: 'unrefTimeout', schedule: cron('* * * * * *', { unrefTimeout: true }) },
  ...[0, 250, 5_000].map((threshold) => ({
    of: `threshold: ${threshold}, and a clock that leaps`,
    schedule: cron('*/5 * * * * *', { threshold }),
    meanwhile: (_: SchedulerRegistry, second: number) => {
      if (second === 7) jest.setSystemTime(Date.now() + 6_300);
      if (second === 20) jest.setSystemTime(Date.now() - 3_300);
    },
  })),
  { of: 'runOnInit', schedule: cron('*/7 * * * * *', { runOnInit: true }) },
  { of: 'runOnInit, disabled', schedule: cron('* * * * * *', { runOnInit: true, disabled: true }) },
  {
    of: 'runOnInit, initialDelay',
    schedule: cron('* * * * * *', { runOnInit: true, initialDelay: 4_000 }),
  },
  { of: 'a date to come', schedule: cron(new Date(NOW + 5_000)) },
  {
    of: 'a date to come, initialDelay',
    schedule: cron(new Date(NOW + 9_000), { initialDelay: 3_000 }),
  },
  {
    of: 'a date farther away than a timer can wait',
    schedule: cron(new Date(NOW + 40 * 86_400_000)),
    seconds: 50 * 86_400,
  },
  {
    of: 'another time, which the application sets',
    schedule: cron('* * * * * *'),
    meanwhile: (registry, second) => {
      if (second === 3) registry.getCronJob('job').setTime(new CronTime('*/4 * * * * *'));
    },
  },
  {
    of: 'a callback that the application adds, and a tick that it fires',
    schedule: cron('*/6 * * * * *'),
    meanwhile: (registry, second) => {
      if (second === 1) {
        registry.getCronJob('job').addCallback(() => {
          note('the callback');
        });
      }
      if (second === 3) void registry.getCronJob('job').fireOnTick();
    },
  },
  {
    of: 'a job that the application stops and starts',
    schedule: cron('* * * * * *'),
    meanwhile: (registry, second) => {
      if (second === 3) void registry.getCronJob('job').stop();
      if (second === 6) registry.getCronJob('job').start();
    },
  },
  { of: '@Interval()', schedule: Interval(700) },
  { of: '@Interval() with a name', schedule: Interval('job', 700) },
  { of: '@Interval() with an empty name', schedule: Interval('', 700) },
  {
    of: '@Interval() whose runs overlap',
    schedule: Interval('job', 700),
    body: () => sleep(2_000),
  },
  {
    of: '@Interval() that the application deletes',
    schedule: Interval('job', 700),
    meanwhile: (registry, second) => {
      if (second === 3) registry.deleteInterval('job');
    },
  },
  { of: '@Timeout()', schedule: Timeout(2_300) },
  { of: '@Timeout() with a name', schedule: Timeout('job', 2_300) },
  { of: '@Timeout(0)', schedule: Timeout('job', 0) },
  {
    of: '@Timeout() that the application deletes',
    schedule: Timeout('job', 5_300),
    meanwhile: (registry, second) => {
      if (second === 3) registry.deleteTimeout('job');
    },
  },
  { of: '@Cron() above @Interval()', schedule: both(cron('*/3 * * * * *'), Interval('job', 500)) },
];

const failures: readonly Case[] = Object.entries({
  '@Cron()': cron('* * * * * *'),
  '@Cron() with waitForCompletion': cron('* * * * * *', { waitForCompletion: true }),
  '@Interval()': Interval('job', 900),
  '@Timeout()': Timeout('job', 900),
}).flatMap(([what, schedule]) => [
  {
    of: `${what} that throws`,
    schedule,
    body: () => {
      throw new Error('no paper');
    },
  },
  { of: `${what} that rejects`, schedule, body: () => Promise.reject(new Error('no paper')) },
]);

/** What has happened, and at which millisecond. */
const notes: string[] = [];
function note(what: string): void {
  notes.push(`${Date.now() - NOW}: ${what}`);
}

/** A class with one job, at whose method the decorators stand. */
function classWith({ schedule, body }: Case, ...decorators: MethodDecorator[]): Type {
  @Injectable()
  class Jobs {
    #runs = 0;

    job(...args: unknown[]) {
      this.#runs += 1;
      const run = `run ${this.#runs}`;
      note(`${run} begins, with ${args.length} arguments`);
      const result = body?.(this.#runs);
      if (!(result instanceof Promise)) return result;
      return result.finally(() => {
        note(`${run} has ended`);
      });
    }
  }
  const { prototype } = Jobs;
  const method = Object.getOwnPropertyDescriptor(prototype, 'job') as PropertyDescriptor;
  for (const decorate of [schedule, ...decorators]) decorate(prototype, 'job', method);
  Object.defineProperty(prototype, 'job', method);
  return Jobs;
}

/** What stands in the registry. A job without a name has a random one there, or that of its method. */
function scheduled(registry: SchedulerRegistry): string {
  const nameOf = (name: string) => (['job', ''].includes(name) ? `"${name}"` : 'unnamed');
  const crons = [...registry.getCronJobs()].map(([name, job]) => {
    const { isActive, cronTime, unrefTimeout, waitForCompletion, threshold, runOnce } = job;
    return JSON.stringify({
      name: nameOf(name),
      source: cronTime.source,
      timeZone: cronTime.timeZone,
      utcOffset: cronTime.utcOffset,
      unrefTimeout,
      waitForCompletion,
      threshold,
      runOnce,
      isActive,
      last: job.lastDate(),
      next: isActive ? job.nextDate() : undefined,
    });
  });
  return [
    `cron jobs: ${crons.join()}`,
    `intervals: ${registry.getIntervals().map(nameOf).join()}`,
    `timeouts: ${registry.getTimeouts().map(nameOf).join()}`,
  ].join(' ');
}

/** Everything that happens to a job, and when, since the moment from which on it may run. */
async function watch({ meanwhile, seconds = 30 }: Case, start: () => Promise<SchedulerRegistry>) {
  jest.setSystemTime(NOW);
  notes.length = 0;
  log.clear();
  jest.spyOn(console, 'warn').mockImplementation(note);
  const registry = await start();
  const step = Math.max(1, seconds / 30);
  for (let second = 0; second < seconds; second += step) {
    meanwhile?.(registry, second);
    await jest.advanceTimersByTimeAsync(step * 1_000);
    note(scheduled(registry));
  }
  const watched = [...notes];
  for (const name of registry.getCronJobs().keys()) registry.deleteCronJob(name);
  for (const name of registry.getIntervals()) registry.deleteInterval(name);
  for (const name of registry.getTimeouts()) registry.deleteTimeout(name);
  await jest.advanceTimersByTimeAsync(5_000); // Until what still runs has ended.
  const failed = log.errors.filter(({ message }) => message.includes('Error: no paper')).length;
  return { notes: watched, failed, warnings: log.warnings };
}

async function inScheduler(Jobs: Type, declared: Case) {
  const moduleRef = await compile({ imports: [ScheduleModule.forRoot()], providers: [Jobs] });
  return watch(declared, async () => {
    await moduleRef.init();
    return moduleRef.get(SchedulerRegistry);
  });
}

async function onLeader(Jobs: Type, declared: Case, given?: LeaderElectionTestingOptions) {
  const { moduleRef, testing } = await testingApp([Jobs], given);
  return watch(declared, async () => {
    await testing.elect();
    return moduleRef.get(SchedulerRegistry);
  });
}

describe('on the leader, a job does what it does in the scheduler alone', () => {
  it.each([...options, ...failures])('$of', async (declared) => {
    const plain = await inScheduler(classWith(declared), declared);

    expect(await onLeader(classWith(declared, LeaderOnly()), declared)).toEqual(plain);
    const byOption = { scheduledJobs: 'leader-only' } as const;
    expect(await onLeader(classWith(declared), declared, byOption)).toEqual(plain);
  });

  it('is watched closely enough to see a difference', async () => {
    const [five, six] = [5, 6].map((seconds) => ({
      of: 'it',
      schedule: cron(`*/${seconds} * * * * *`),
    })) as [Case, Case];

    const plain = await inScheduler(classWith(five), five);
    expect(await onLeader(classWith(six, LeaderOnly()), six)).not.toEqual(plain);
    expect(plain.notes.filter((line) => line.includes('begins'))).toHaveLength(6);
  });
});
