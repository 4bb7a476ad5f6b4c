import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, Interval, SchedulerRegistry } from '@nestjs/schedule';
import {
  LeaderOnly,
  type MetricsSink,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { log } from '../support/collected-log.js';
import { hostileValues } from '../support/hostile-values.js';
import { testingApp, Worker } from '../support/testing-app.js';
import { eventually } from '../support/timeline.js';

/** A provider that throws whatever the test puts here, wherever it can. */
@LeaderOnly()
@Injectable()
class Thrower implements OnElected, OnDemoted {
  where = '';
  what: unknown;
  intervals = 0;

  onElected() {
    this.#throwIn('onElected');
  }

  onDemoted() {
    this.#throwIn('onDemoted');
  }

  @Cron(CronExpression.EVERY_YEAR, { name: 'cron' })
  cron() {
    this.#throwIn('cron');
  }

  @Interval(1)
  interval() {
    this.intervals += 1;
    this.#throwIn('interval');
  }

  #throwIn(method: string) {
    if (this.where === method) throw this.what;
  }
}

async function thrower(where: string, what: unknown, metrics?: MetricsSink) {
  const app = await testingApp([Worker, Thrower], metrics && { metrics });
  const provider = app.moduleRef.get(Thrower);
  Object.assign(provider, { where, what });
  return { ...app, provider, worker: app.moduleRef.get(Worker) };
}

describe.each(hostileValues)('$what, thrown', ({ make }) => {
  it('by onElected, ends the leadership, and the next one is as good as any', async () => {
    const what = make();
    const { testing, provider, service, worker } = await thrower('onElected', what);
    const { thrown } = await testing.elect().then(
      () => ({ thrown: 'nothing' }),
      (error: unknown) => ({ thrown: error }),
    );
    expect(Object.is(thrown, what)).toBe(true);
    expect(service.isLeader).toBe(false);
    expect(worker.notes).toEqual([
      expect.stringMatching(/^elected/),
      expect.stringMatching(/error$/),
    ]);
    expect(log.errors).toMatchObject([
      { message: expect.stringMatching(/^The duties of "default" failed in term \d+: ./) },
    ]);

    provider.where = '';
    await testing.elect();
    expect(service.isLeader).toBe(true);
  });

  it('by onDemoted, keeps neither the others from being told nor the lock from being released', async () => {
    const { testing, events, worker } = await thrower('onDemoted', make());
    await testing.elect();
    await testing.demote();
    expect(worker.notes).toEqual([
      expect.stringMatching(/^elected/),
      expect.stringMatching(/resigned$/),
    ]);
    expect(events.at(-1)).toBe('released');
    expect(log.errors).toMatchObject([
      { message: expect.stringMatching(/^Thrower.onDemoted failed: ./) },
    ]);
  });

  it('by a job, is logged, and the leader leads on', async () => {
    const { moduleRef, testing, provider, service } = await thrower('cron', make());
    await testing.elect();
    await moduleRef.get(SchedulerRegistry).getCronJob('cron').fireOnTick();
    await eventually(() => log.errors.length > 0);
    expect(log.errors[0]?.message).toMatch(/^cron failed: ./);

    provider.where = 'interval';
    const before = provider.intervals;
    await eventually(() => provider.intervals > before + 1);
    expect(log.errors.at(-1)?.message).toMatch(/^Thrower.interval failed: ./);
    expect(service.isLeader).toBe(true);
  });

  it('by the work of runIfLeader(), is what that rejects with', async () => {
    const { testing, service } = await thrower('', undefined);
    await testing.elect();
    const what = make();
    const work = service.runIfLeader(() => {
      throw what;
    });
    const { thrown } = await work.then(
      () => ({ thrown: 'nothing' }),
      (error: unknown) => ({ thrown: error }),
    );
    expect(Object.is(thrown, what)).toBe(true);
    expect(service.isLeader).toBe(true);
  });

  it('by a metrics sink, is logged once, and the leader leads on', async () => {
    const fail = () => {
      throw make();
    };
    const metrics = {
      leaderStatusChanged: fail,
      leaderAcquired: async () => fail(),
      leaderLost: fail,
    };
    const { testing, service } = await thrower('', undefined, metrics);
    await testing.elect();
    expect(service.isLeader).toBe(true);
    await testing.demote();
    expect(log.warnings).toMatchObject([
      { message: expect.stringMatching(/^A metrics sink threw; .* not logged: ./) },
    ]);
  });
});
