import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CronExpression, SchedulerRegistry } from '@nestjs/schedule';
import {
  LeaderElectionService,
  LeaderOnly,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { CronJob as CronJobs } from '../support/cron-package.js';
import { appsOn, type TestApp } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import { Diary, eventually, latch, timeline } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

/** The scheduler's own class of jobs; an application imports it from the package `cron`. */
type CronJob = Parameters<SchedulerRegistry['addCronJob']>[1];

/** The class of docs/dynamic-jobs.md. */
@LeaderOnly()
@Injectable()
class TenantReports implements OnElected, OnDemoted {
  readonly sent = latch();
  private readonly jobs = new Map<string, CronJob>();
  private leading = false;

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly election: LeaderElectionService,
    private readonly diary: Diary,
  ) {}

  add(tenant: string, cronTime: string) {
    const job = CronJobs.from({
      cronTime,
      onTick: () => this.election.runIfLeader(() => this.send(tenant)),
      start: this.leading,
    });
    this.scheduler.addCronJob(tenant, job);
    this.jobs.set(tenant, job);
  }

  remove(tenant: string) {
    this.scheduler.deleteCronJob(tenant);
    this.jobs.delete(tenant);
  }

  onElected() {
    this.leading = true;
    for (const job of this.jobs.values()) job.start();
  }

  onDemoted() {
    this.leading = false;
    for (const job of this.jobs.values()) void job.stop();
  }

  private async send(tenant: string) {
    this.diary.note(`sending ${tenant}`);
    await this.sent.opened;
    this.diary.note(`sent ${tenant}`);
  }
}

const active = (app: TestApp) =>
  [...app.get(SchedulerRegistry).getCronJobs()].flatMap(([name, { isActive }]) =>
    isActive ? name : [],
  );

async function leaderAndStandby() {
  const leader = await startApp('leader', { providers: [TenantReports] });
  await leader.leads();
  const standby = await startApp('standby', { providers: [TenantReports] });
  await standby.waitsInLine();
  for (const app of [leader, standby])
    app.get(TenantReports).add('acme', CronExpression.EVERY_SECOND);
  return { leader, standby };
}

describe('jobs that are added at run time', () => {
  it('are active on the leader, and move with the leadership', async () => {
    const { leader, standby } = await leaderAndStandby();
    await eventually(() => active(leader).includes('acme'));
    expect(active(standby)).toEqual([]);

    leader.get(TenantReports).sent.open();
    await leader.election.resign();
    expect(active(leader)).toEqual([]);
    await eventually(() => active(standby).includes('acme'));

    standby.get(TenantReports).remove('acme');
    standby.get(TenantReports).add('globex', CronExpression.EVERY_SECOND);
    expect(active(standby)).toEqual(['globex']);
    await timeline.shows('standby: sending globex');
    standby.get(TenantReports).sent.open();
  });

  it('are awaited before the lock is released, and do nothing on a standby', async () => {
    const { leader, standby } = await leaderAndStandby();
    await timeline.shows('leader: sending acme');
    await standby.get(SchedulerRegistry).getCronJob('acme').fireOnTick();

    const resigned = leader.election.resign();
    await leader.hears('demoted');
    expect(standby.election.isLeader).toBe(false);
    leader.get(TenantReports).sent.open();
    await resigned;
    await timeline.shows('standby: sending acme');
    standby.get(TenantReports).sent.open();

    const order = timeline.entries.filter((entry) => /leader: sent|standby: sending/.test(entry));
    expect(order[0]).toBe('leader: sent acme');
  });
});
