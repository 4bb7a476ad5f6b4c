import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, Interval, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import { eventually } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

const leaderOnly: MethodDecorator = LeaderOnly();
const nothing: MethodDecorator = () => undefined;
const soon = Interval('soon', 5);
const hourly = Cron(CronExpression.EVERY_HOUR, { name: 'hourly' });
const daily = Cron(CronExpression.EVERY_DAY_AT_NOON, { name: 'daily' });
const once = Timeout('once', 3_600_000);

/** A class whose method has these decorators, from the top down; every tick counts. */
function jobs(decorators: readonly MethodDecorator[]) {
  @Injectable()
  class Jobs {
    ticks = 0;

    run() {
      this.ticks += 1;
    }
  }
  const method = Object.getOwnPropertyDescriptor(Jobs.prototype, 'run') as PropertyDescriptor;
  for (const decorate of [...decorators].reverse()) decorate(Jobs.prototype, 'run', method);
  Object.defineProperty(Jobs.prototype, 'run', method);
  return Jobs;
}

const scheduled = (registry: SchedulerRegistry) => ({
  crons: [...registry.getCronJobs()].map(([name, { cronTime }]) => [name, cronTime.source]),
  intervals: registry.getIntervals(),
  timeouts: registry.getTimeouts(),
});

describe.each([
  { of: '@Cron() twice', decorators: [hourly, daily] },
  { of: '@Cron() above @Interval()', decorators: [hourly, soon] },
  { of: '@Interval() above @Cron()', decorators: [soon, hourly] },
  { of: '@Timeout() above @Interval()', decorators: [once, soon] },
])('several schedules on one method, $of: the scheduler knows the uppermost', ({ decorators }) => {
  it.each([
    { where: 'above them', at: 0 },
    { where: 'between them', at: 1 },
    { where: 'below them', at: 2 },
  ])('and so does @LeaderOnly() $where, on the leader only', async ({ at }) => {
    const plain = await startApp('plain', { providers: [jobs([...decorators, nothing])] });
    await plain.leads();
    const ofScheduler = scheduled(plain.get(SchedulerRegistry));
    const Jobs = jobs([...decorators.slice(0, at), leaderOnly, ...decorators.slice(at)]);
    const app = await startApp('app', { providers: [Jobs] });
    await app.waitsInLine();
    const registry = app.get(SchedulerRegistry);
    const active = () => [...registry.getCronJobs().values()].filter(({ isActive }) => isActive);
    expect(active()).toEqual([]);
    expect([registry.getIntervals(), registry.getTimeouts()]).toEqual([[], []]);
    expect(app.get(Jobs).ticks).toBe(0);

    await plain.close();
    await app.leads();

    await eventually(
      () => active().length + registry.getIntervals().length + registry.getTimeouts().length > 0,
    );
    expect(scheduled(registry)).toEqual(ofScheduler);
  });
});
