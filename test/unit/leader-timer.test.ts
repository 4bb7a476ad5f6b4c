import { afterEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { LeaderTimer } from '../../lib/scheduling/leader-timer.js';
import type { SchedulerRegistry as Registry } from '../../lib/scheduling/scheduler.js';
import { eventually } from '../support/timeline.js';

const registry = new SchedulerRegistry();
afterEach(() => {
  for (const name of registry.getIntervals()) registry.deleteInterval(name);
  for (const name of registry.getTimeouts()) registry.deleteTimeout(name);
});

function timer(type: 'interval' | 'timeout', milliseconds: number) {
  const warned: string[] = [];
  const note = (message: string) => warned.push(message);
  const calls: number[] = [];
  const method = {
    name: 'Poller.poll',
    schedule: { type, milliseconds } as never,
    catchUp: false,
    call: () => calls.push(performance.now()),
  };
  const setup = {
    registry: registry as unknown as Registry,
    CronJob: undefined,
    logger: { log: note, warn: note, error: note },
  };
  return { calls, job: new LeaderTimer(method, type, milliseconds, setup), warned };
}

const named = { interval: () => registry.getIntervals(), timeout: () => registry.getTimeouts() };

describe.each(['interval', 'timeout'] as const)('a leader-only %s', (type) => {
  it('stands in the registry while this instance leads, and runs no more afterwards', async () => {
    const { calls, job } = timer(type, 5);
    job.start();
    expect(named[type]()).toEqual(['Poller.poll']);
    await eventually(() => calls.length > 0);
    job.stop();
    expect(named[type]()).toEqual([]);
    const count = calls.length;
    const later = timer(type === 'interval' ? 'timeout' : 'interval', 20);
    later.job.start();
    await eventually(() => later.calls.length > 0);
    later.job.stop();
    expect(calls).toHaveLength(count);
  });

  it('does not start, and says so, where its name is taken', () => {
    const handle = setTimeout(() => undefined, 60_000);
    if (type === 'interval') registry.addInterval('Poller.poll', handle);
    else registry.addTimeout('Poller.poll', handle);
    const { job, warned } = timer(type, 5);
    job.start();
    expect(warned).toEqual([
      `Could not start the leader-only ${type} "Poller.poll": the name is taken`,
    ]);
    job.stop();
    expect(named[type]()).toEqual(['Poller.poll']);
  });
});
