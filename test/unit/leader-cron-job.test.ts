import { afterEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { LeaderCronJob } from '../../lib/duties/leader-cron-job.js';
import type { SchedulerRegistry as Registry } from '../../lib/duties/scheduler.js';
import { silentLogger } from '../../lib/election/logger.js';

const registry = new SchedulerRegistry();
afterEach(() => {
  registry.deleteCronJob('job');
});

/** A job in the real scheduler, which only the test fires. */
function cronJob(options: Record<string, unknown>, { catchUp = true } = {}) {
  let runs = 0;
  const method = {
    name: 'job',
    schedule: { type: 'cron' as const, name: 'job', options },
    catchUp,
    call: () => (runs += 1),
  };
  const setup = { registry: registry as unknown as Registry, logger: silentLogger };
  const job = new LeaderCronJob(method, options, setup);
  return { job, runs: () => runs, fire: () => registry.getCronJob('job').fireOnTick() };
}

const moment = (text: string) => Date.parse(text);
const nextDue = (options: Record<string, unknown>, seenAt: string) =>
  cronJob(options).job.nextDue(moment(seenAt));

describe('a cron job that a successor catches up on', () => {
  it('is due at the next tick of its expression, in its time zone', () => {
    expect(
      nextDue({ cronTime: '30 9 * * *', timeZone: 'Asia/Kathmandu' }, '2026-03-01T00:00:00Z'),
    ).toBe(moment('2026-03-01T03:45:00Z'));
  });

  it('is due at the next tick of its expression, at its offset from UTC', () => {
    expect(nextDue({ cronTime: '30 9 * * *', utcOffset: -210 }, '2026-03-01T00:00:00Z')).toBe(
      moment('2026-03-01T13:00:00Z'),
    );
  });

  it('is due at its date, and not after that', () => {
    const cronTime = new Date(Date.now() + 3_600_000);
    const { job } = cronJob({ cronTime });
    expect(job.nextDue(cronTime.getTime() - 1)).toBe(cronTime.getTime());
    expect(job.nextDue(cronTime.getTime())).toBeUndefined();
  });

  it('is never due if the user disabled it', () => {
    expect(nextDue({ cronTime: '* * * * *', disabled: true }, '2026-03-01T00:00:00Z')).toBe(
      undefined,
    );
  });

  it('shows the life of its leader when it begins', async () => {
    let shown = 0;
    const { job, runs, fire } = cronJob({ cronTime: '0 0 1 1 *' });
    job.switchOn({ predecessorSeenAt: undefined, showLife: () => (shown += 1) });
    await fire();
    job.switchOff();
    expect({ shown, runs: runs() }).toEqual({ shown: 1, runs: 1 });
  });

  it('runs once for all the ticks that were missed', () => {
    const { job, runs } = cronJob({ cronTime: '0 * * * *' });
    const yesterday = new Date(Date.now() - 86_400_000);
    job.switchOn({ predecessorSeenAt: yesterday, showLife: () => undefined });
    job.switchOff();
    expect(runs()).toBe(1);
  });
});
