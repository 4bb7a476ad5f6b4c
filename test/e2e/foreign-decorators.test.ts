import { beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, type Type } from '@nestjs/common';
import { Cron, CronExpression, Interval, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { log } from '../support/collected-log.js';
import { testingApp } from '../support/testing-app.js';
import { eventually } from '../support/timeline.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** How a decorator of another package puts a function of its own in the place of a method. */
const replacements: Readonly<Record<string, (method: Method) => Method>> = {
  'a function': (method) =>
    function (...args) {
      return Reflect.apply(method, this, args);
    },
  'an async function': (method) =>
    async function (...args) {
      await Promise.resolve();
      return Reflect.apply(method, this, args);
    },
  'a function that inherits from the method': (method) =>
    Object.setPrototypeOf(function (this: unknown, ...args: unknown[]) {
      return Reflect.apply(method, this, args);
    }, method) as Method,
  'a proxy': (method) => new Proxy(method, {}),
  'a bound function': (method) => method.bind(undefined),
};

function foreign(replace: (method: Method) => Method, copiesMetadata: boolean): MethodDecorator {
  return (_target, _key, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as Method;
    const replaced = replace(method);
    if (copiesMetadata) {
      for (const key of Reflect.getOwnMetadataKeys(method) as unknown[])
        Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), replaced);
    }
    descriptor.value = replaced;
  };
}

/**
 * What `Sentry.init()` of @sentry/nestjs makes of `@Cron()`, `@Interval()` and `@Timeout()`: a decorator that replaces the method,
 * without metadata but with its name, and then lets the real one say its schedule of that.
 */
function instrumented(schedule: MethodDecorator): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as Method;
    const replaced = replacements['a function']?.(method);
    Object.defineProperty(replaced, 'name', { value: method.name, configurable: true });
    descriptor.value = replaced;
    schedule(target, key, descriptor);
  };
}

/** Whose body has run: jobs by their names. */
const ran = new Set<string>();

/** A class whose method has these decorators, from the top down. The body does without `this`, which a bound function has not. */
function job(name: string, decorators: readonly MethodDecorator[]): Type<{ run(): unknown }> {
  @Injectable()
  class Jobs {
    run() {
      ran.add(name);
    }
  }
  const { prototype } = Jobs;
  const method = Object.getOwnPropertyDescriptor(prototype, 'run') as PropertyDescriptor;
  for (const decorate of [...decorators].reverse()) decorate(prototype, 'run', method);
  Object.defineProperty(prototype, 'run', method);
  return Jobs;
}

const schedules: Readonly<Record<string, (name: string) => MethodDecorator>> = {
  '@Cron()': (name) => Cron(CronExpression.EVERY_SECOND, { name }),
  '@Interval()': (name) => Interval(name, 5),
  '@Timeout()': (name) => Timeout(name, 5),
};

const leaderOnly: MethodDecorator = LeaderOnly();
const orders = [
  ['schedule', 'foreign', 'leader'],
  ['schedule', 'leader', 'foreign'],
  ['leader', 'schedule', 'foreign'],
  ['leader', 'foreign', 'schedule'],
  ['foreign', 'schedule', 'leader'],
  ['foreign', 'leader', 'schedule'],
] as const;

/** Every order of the three, every kind of replacement, with and without metadata, of every schedule. */
const cases = Object.entries(schedules).flatMap(([said, schedule]) =>
  Object.entries(replacements).flatMap(([what, replace]) =>
    [true, false].flatMap((copies) =>
      orders.map((order) => {
        const inOrder = order
          .join(' > ')
          .replace('schedule', said)
          .replace('leader', '@LeaderOnly()');
        const name = `${inOrder}: ${what} ${copies ? 'with' : 'without'} metadata`;
        const decorators = {
          schedule: schedule(name),
          leader: leaderOnly,
          foreign: foreign(replace, copies),
        };
        const keepsMetadata = copies || what === 'a function that inherits from the method';
        return {
          name,
          Job: job(
            name,
            order.map((part) => decorators[part]),
          ),
          /** Whether the uppermost function tells the schedule. */
          isSeen: keepsMetadata || order.indexOf('schedule') < order.indexOf('foreign'),
          /** Whether the foreign decorator has hidden a schedule that @LeaderOnly() knows. */
          isHidden: order[0] === 'foreign',
        };
      }),
    ),
  ),
);

const activeIn = (registry: SchedulerRegistry) => [
  ...[...registry.getCronJobs()].flatMap(([name, { isActive }]) => (isActive ? [name] : [])),
  ...registry.getIntervals(),
  ...registry.getTimeouts(),
];

/** Starts the jobs on a standby, tries to make them run there, and elects and demotes it. */
async function expectLeaderOnly(jobs: readonly { name: string; Job: Type<{ run(): unknown }> }[]) {
  const names = jobs.map(({ name }) => name).sort();
  const { moduleRef, testing } = await testingApp(jobs.map(({ Job }) => Job));
  const registry = moduleRef.get(SchedulerRegistry);
  expect(activeIn(registry)).toEqual([]);
  for (const cronJob of registry.getCronJobs().values()) await cronJob.fireOnTick();
  // One that is bound to another object does not know whom to ask: it throws.
  const called = jobs.map(async ({ Job }) => moduleRef.get(Job).run());
  await Promise.allSettled(called);
  expect([...ran]).toEqual([]);

  await testing.elect();
  expect(activeIn(registry).sort()).toEqual(names);
  await eventually(() => ran.size === names.length);
  await testing.demote();

  expect([...ran].sort()).toEqual(names);
  expect(activeIn(registry)).toEqual([]);
  expect(log.errors).toEqual([]);
}

beforeEach(() => {
  ran.clear();
});

describe('a job whose method a foreign decorator replaces', () => {
  it('is leader-only in every order in which the scheduler finds it, without an error', async () => {
    await expectLeaderOnly(cases.filter(({ isSeen }) => isSeen));
  });

  it('is no job for anybody where it hides the schedule from @LeaderOnly() as well', async () => {
    const invisible = cases.filter(({ isSeen, isHidden }) => !isSeen && !isHidden);
    const { moduleRef, testing } = await testingApp(invisible.map(({ Job }) => Job));

    await testing.elect();

    expect(invisible.length).toBeGreaterThan(0);
    expect(activeIn(moduleRef.get(SchedulerRegistry))).toEqual([]);
  });

  it.each(cases.filter(({ isSeen, isHidden, name }) => !isSeen && isHidden && /Cron/.test(name)))(
    'is refused where it hides the schedule from the scheduler only: $name',
    async ({ Job }) => {
      await expect(testingApp([Job])).rejects.toMatchObject({
        name: 'LeaderOnlyUsageError',
        message: expect.stringMatching(
          /^Jobs\.run: scheduled and leader-only, but a decorator above both replaces/,
        ),
      });
    },
  );
});

describe('a schedule that Sentry instruments', () => {
  it('is one of the leader only, above and below', async () => {
    const jobs = Object.entries(schedules).flatMap(([said, schedule]) => {
      const [above, below] = [`${said} above`, `${said} below`];
      return [
        { name: above, Job: job(above, [instrumented(schedule(above)), leaderOnly]) },
        { name: below, Job: job(below, [leaderOnly, instrumented(schedule(below))]) },
      ];
    });

    await expectLeaderOnly(jobs);
  });

  it('is one of its own election', async () => {
    const billing: MethodDecorator = LeaderOnly('billing');
    const Job = job('bills', [instrumented(Interval(5)), billing]);
    const { testing } = await testingApp([Job], { elections: ['default', 'billing'] });

    await testing.elect();
    expect(ran.has('bills')).toBe(false);

    await testing.election('billing').elect();
    await eventually(() => ran.has('bills'));
  });

  it('is one of the leader only where the whole class is', async () => {
    const Job = job('of the class', [instrumented(Interval('of the class', 5))]);
    LeaderOnly()(Job);

    await expectLeaderOnly([{ name: 'of the class', Job }]);
  });
});
