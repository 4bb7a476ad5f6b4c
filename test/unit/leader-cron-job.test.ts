import { afterEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import fc from 'fast-check';
import { ElectionDuties } from '../../lib/duties/election-duties.js';
import { LeaderCronJob } from '../../lib/scheduling/leader-cron-job.js';
import type { SchedulerSetup } from '../../lib/scheduling/leader-job.js';
import type {
  CronJobClass,
  SchedulerRegistry as Registry,
} from '../../lib/scheduling/scheduler.js';
import { silentLogger } from '../../lib/core/common/logger.js';
import { CronJob, CronTime } from '../support/cron-package.js';
import { hostileValues } from '../support/hostile-values.js';
import { settle } from '../support/manual-clock.js';
import { TermLeadership } from '../../lib/core/election/term.js';

const registry = new SchedulerRegistry();
afterEach(() => {
  registry.deleteCronJob('job');
});

/** A job in the real scheduler, which only the test fires. */
function cronJob(options: Record<string, unknown>, { catchUp = true, logger = silentLogger } = {}) {
  let runs = 0;
  const method = {
    name: 'job',
    schedule: { type: 'cron' as const, name: 'job', options },
    catchUp,
    call: () => (runs += 1),
  };
  const setup: SchedulerSetup = {
    registry: registry as unknown as Registry,
    CronJob: CronJob as unknown as CronJobClass,
    logger,
  };
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

  it.each(['Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', undefined])(
    'is due after any moment, or it can not be said when, in %s',
    (timeZone) => {
      const jobs = [
        '*/7 * * * * *',
        '30 2 * * *',
        '0 0 29 2 *',
        '59 23 31 12 1',
        '0 */6 * * 3',
      ].map((cronTime) => {
        const { job } = cronJob({ cronTime, ...(timeZone && { timeZone }) });
        registry.deleteCronJob('job');
        return job;
      });
      jobs.push(cronJob({ cronTime: new Date('2999-01-01T00:00:00Z') }).job);
      const now = Date.now();
      const year = 366 * 86_400_000;
      fc.assert(
        fc.property(
          fc.constantFrom(...jobs),
          fc.oneof(
            { weight: 5, arbitrary: fc.integer({ min: now - 60 * year, max: now + 9 * year }) },
            fc.double(), // also NaN and infinities
            fc.integer({ min: -8.64e15, max: 8.64e15 }),
            fc.bigInt().map(Number),
          ),
          (job, moment) => {
            const due = job.nextDue(moment);
            if (due !== undefined) expect(due).toBeGreaterThan(moment);
            // Where it is asked in earnest, there is an answer; but `cron` gives an earlier moment where it is half an hour
            // before the clocks are set back by half an hour.
            else if (timeZone !== 'Australia/Lord_Howe')
              expect(moment > 0 && moment < now).toBe(false);
          },
        ),
      );
    },
  );

  it('is not due any more when the application has given it an expression that never comes', () => {
    const { job } = cronJob({ cronTime: '0 0 * * *' });
    const registered = registry.getCronJob('job');
    registered.setTime(new CronTime('0 0 31 2 *'));
    expect(job.nextDue(Date.now())).toBeUndefined();
    expect(job.nextDue(0)).toBeUndefined();
  });

  it('is never due if the user disabled it', () => {
    expect(nextDue({ cronTime: '* * * * *', disabled: true }, '2026-03-01T00:00:00Z')).toBe(
      undefined,
    );
  });

  it.each(hostileValues)(
    'that the application has made fail at its start and its end, with $what, is logged',
    async ({ make }) => {
      const errors: string[] = [];
      const { job } = cronJob(
        { cronTime: '0 * * * *' },
        { logger: { ...silentLogger, error: (message) => errors.push(message) } },
      );
      const fail = async () => {
        throw make();
      };
      Object.assign(registry.getCronJob('job'), { fireOnTick: fail, stop: fail });
      const predecessorSeenAt = new Date(Date.now() - 86_400_000);
      job.start({ predecessorSeenAt, since: new Date(), heartbeatNow: () => undefined });
      job.stop();
      await settle();
      expect(errors).toEqual(Array(2).fill(expect.stringMatching(/^job failed: ./)));
      Reflect.deleteProperty(registry.getCronJob('job'), 'stop');
    },
  );

  it('shows the life of its leader when it begins', async () => {
    let shown = 0;
    const { job, runs, fire } = cronJob({ cronTime: '0 0 1 1 *' });
    job.start({
      predecessorSeenAt: undefined,
      since: new Date(),
      heartbeatNow: () => (shown += 1),
    });
    await fire();
    job.stop();
    expect({ shown, runs: runs() }).toEqual({ shown: 1, runs: 1 });
  });

  it('runs once for all the ticks that were missed', () => {
    const { job, runs } = cronJob({ cronTime: '0 * * * *' });
    const yesterday = new Date(Date.now() - 86_400_000);
    job.start({ predecessorSeenAt: yesterday, since: new Date(), heartbeatNow: () => undefined });
    job.stop();
    expect(runs()).toBe(1);
  });

  it.each([
    { options: {}, runs: 1, outcome: 'runs' },
    { options: { initialDelay: 60_000 }, runs: 0, outcome: 'does not run before its delay' },
  ])('$outcome when it was due during onElected of the first leader', async ({ options, runs }) => {
    const { job, runs: runsOf } = cronJob({ cronTime: '0 * * * *', ...options });
    const duties = new ElectionDuties(silentLogger);
    duties.assignJobs([job]);
    const term = new TermLeadership('default', 1n, new Date(Date.now() - 3_600_000), async () => {
      throw new Error('This test begins no transaction.');
    });
    await duties.start(term, () => undefined);
    await duties.stop(term, 'shutdown', new AbortController().signal);
    expect(runsOf()).toBe(runs);
  });
});
