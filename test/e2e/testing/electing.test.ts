import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, Interval, SchedulerRegistry } from '@nestjs/schedule';
import {
  currentLeadership,
  getLeaderElectionToken,
  LeaderElectionService,
  LeaderOnly,
  type LossReason,
  NotLeaderError,
  type OnDemoted,
  type OnElected,
  UnknownElectionError,
} from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';
import { log } from '../../support/collected-log.js';
import { compile, testingApp, Worker } from '../../support/testing-app.js';
import { latch } from '../../support/timeline.js';

@Injectable()
class Reports {
  @LeaderOnly()
  @Cron(CronExpression.EVERY_HOUR, { name: 'hourly' })
  hourly() {
    return currentLeadership();
  }

  @LeaderOnly()
  @Interval('often', 60_000)
  often() {
    return currentLeadership();
  }

  @LeaderOnly()
  publish() {
    return currentLeadership();
  }
}

/** Its hooks fail, or hang, as a test likes. */
@LeaderOnly()
@Injectable()
class Moody implements OnElected, OnDemoted {
  readonly demotions: LossReason[] = [];
  mood: () => void | Promise<void> = () => undefined;

  async onElected() {
    await this.mood();
  }

  onDemoted(_: unknown, reason: LossReason) {
    this.demotions.push(reason);
  }
}

describe('before it is elected', () => {
  it('an application stands by, and knows no leader', async () => {
    const { service } = await testingApp();

    expect(service.isLeader).toBe(false);
    expect(service.status()).toMatchObject({
      instanceId: 'this-instance',
      role: 'standby',
      connected: true,
      leader: undefined,
    });
  });

  it('what is leader-only does not run', async () => {
    const { moduleRef } = await testingApp([Reports]);

    expect(() => moduleRef.get(Reports).publish()).toThrow(NotLeaderError);
    expect(moduleRef.get(SchedulerRegistry).getCronJob('hourly').isActive).toBe(false);
  });
});

describe('elect()', () => {
  it('resolves with the term when the hooks have returned and the jobs are on', async () => {
    const { moduleRef, service, testing } = await testingApp([Worker, Reports]);

    const leadership = await testing.elect();

    expect(moduleRef.get(Worker).notes).toEqual(['elected 1']);
    const registry = moduleRef.get(SchedulerRegistry);
    expect(registry.getCronJob('hourly').isActive).toBe(true);
    expect(registry.getIntervals()).toEqual(['often']);
    expect(service.leadership).toBe(leadership);
    expect(service.leader).toMatchObject({ instanceId: 'this-instance', term: 1n });
    expect(moduleRef.get(Reports).publish()).toBe(leadership);
  });

  it('tells everybody who listens', async () => {
    const { service, events, testing } = await testingApp();
    const states: boolean[] = [];
    service.isLeader$.subscribe((isLeader) => states.push(isLeader));

    await testing.elect();
    await testing.demote();

    expect(states).toEqual([false, true, false]);
    expect(events).toEqual([
      'connection-restored',
      'elected',
      'leader-changed',
      'demoted',
      'leader-changed',
      'released',
    ]);
  });

  it('begins a term that is greater than the one before', async () => {
    const { testing } = await testingApp();
    const terms: bigint[] = [];

    for (const reason of ['resigned', 'conn_lost', 'lease_expired', 'error'] as const) {
      terms.push((await testing.elect()).term);
      await testing.demote(reason);
    }

    expect(terms).toEqual([1n, 2n, 3n, 4n]);
  });

  it('resolves with the current term on the leader', async () => {
    const { testing } = await testingApp([Worker]);

    expect(await testing.elect()).toBe(await testing.elect());
  });

  it('elects in one election, and leaves the others alone', async () => {
    const { moduleRef, service, testing } = await testingApp([], {
      elections: ['default', 'billing'],
    });
    const billing = moduleRef.get<LeaderElectionService>(getLeaderElectionToken('billing'));

    await testing.election('billing').elect();
    expect([service.isLeader, billing.isLeader]).toEqual([false, true]);

    await testing.elect();
    await testing.election('billing').demote();
    expect([service.isLeader, billing.isLeader]).toEqual([true, false]);
    expect((await testing.election('billing').elect()).term).toBe(2n);
  });

  it('rejects with what onElected throws, when the leadership is over', async () => {
    const { moduleRef, service, events, testing } = await testingApp([Moody]);
    const moody = moduleRef.get(Moody);
    const failure = new Error('no ledger');
    moody.mood = () => Promise.reject(failure);

    await expect(testing.elect()).rejects.toBe(failure);

    expect(service.isLeader).toBe(false);
    expect(moody.demotions).toEqual(['error']);
    expect(events.at(-1)).toBe('released');
    expect(log.text).toContain('no ledger');
  });

  it('needs no patience after a failure, which would keep a real instance out for a while', async () => {
    const { moduleRef, testing } = await testingApp([Moody]);
    const moody = moduleRef.get(Moody);
    moody.mood = () => Promise.reject(new Error('no ledger'));
    await expect(testing.elect()).rejects.toThrow();
    await expect(testing.elect()).rejects.toThrow();

    moody.mood = () => undefined;

    expect((await testing.elect()).term).toBe(3n);
  });

  it('rejects when the leadership is lost before the hooks have returned', async () => {
    const { moduleRef, service, testing } = await testingApp([Moody]);
    const started = latch();
    moduleRef.get(Moody).mood = () => started.opened;

    const elected = testing.elect();
    await service.whenLeader();
    const resigned = service.resign();
    started.open();

    await expect(elected).rejects.toMatchObject({
      name: 'LeadershipLostError',
      term: 1n,
      reason: 'resigned',
    });
    await resigned;
  });

  it('rejects when somebody resigns as soon as he hears of it', async () => {
    const { service, testing } = await testingApp();
    service.isLeader$.subscribe((isLeader) => isLeader && void service.resign());

    await expect(testing.elect()).rejects.toThrow('is over (resigned)');
  });

  it('leads again when the application has resigned by itself', async () => {
    const { service, testing } = await testingApp();
    await testing.elect();

    await service.resign();
    expect(service.isLeader).toBe(false);

    expect((await testing.elect()).term).toBe(2n);
  });

  it('is not needed with the option `leader`', async () => {
    const options = { leader: true, elections: ['default', 'billing'] };
    const { moduleRef, service } = await testingApp([Worker], options);
    const billing = moduleRef.get<LeaderElectionService>(getLeaderElectionToken('billing'));

    expect([service.isLeader, billing.isLeader]).toEqual([true, true]);
    expect(moduleRef.get(Worker).notes).toEqual(['elected 1']);
  });

  it('tells the metrics', async () => {
    const told: string[] = [];
    const { testing } = await testingApp([], {
      metrics: {
        leaderStatusChanged: (isLeader) => told.push(`leads: ${isLeader}`),
        leaderAcquired: ({ term }) => told.push(`acquired ${term}`),
        leaderLost: (reason) => told.push(`lost ${reason}`),
      },
    });

    await testing.elect();
    await testing.demote('conn_lost');

    expect(told).toEqual([
      'leads: false',
      'leads: true',
      'acquired 1',
      'leads: false',
      'lost conn_lost',
    ]);
  });
});

describe('the option `leader`', () => {
  it('fails the start of the application with what onElected throws', async () => {
    @LeaderOnly()
    @Injectable()
    class Broken implements OnElected {
      onElected() {
        throw new Error('no ledger');
      }
    }

    await expect(testingApp([Broken], { leader: true })).rejects.toThrow('no ledger');
  });

  it('leaves observers alone', async () => {
    const elections = ['default', { name: 'watched', candidate: false }];
    const { moduleRef, service } = await testingApp([], { leader: true, elections });
    const watched = moduleRef.get<LeaderElectionService>(getLeaderElectionToken('watched'));

    expect([service.isLeader, watched.isLeader]).toEqual([true, false]);
  });
});

describe('a mistake in the test', () => {
  it('is told: the application has not started', async () => {
    const moduleRef = await compile({ imports: [LeaderElectionTestingModule.forRoot()] });

    await expect(moduleRef.get(LeaderElectionTesting).elect()).rejects.toThrow(
      /have not started.*`await moduleRef\.init\(\)`/,
    );
  });

  it('is told: the application has been shut down', async () => {
    const { moduleRef, testing } = await testingApp();
    await moduleRef.close();

    await expect(testing.elect()).rejects.toThrow(/elect\(\): .* has been shut down/);
    await expect(testing.elsewhere('pod-2')).rejects.toThrow(
      /elsewhere\(\): .* has been shut down/,
    );
  });

  it('is told: an instance that must not lead', async () => {
    const { testing } = await testingApp([], { candidate: false });

    await expect(testing.elect()).rejects.toThrow('"default" has `candidate: false`');
  });

  it('is told: an election that is not declared', async () => {
    const { testing } = await testingApp();

    await expect(testing.election('biling').elect()).rejects.toThrow(UnknownElectionError);
  });

  it('is told: an option that does not exist', () => {
    const options = { leading: true } as object;
    const module = compile({ imports: [LeaderElectionTestingModule.forRoot(options)] });

    return expect(module).rejects.toThrow(/^Option `leading` must be omitted/);
  });
});
