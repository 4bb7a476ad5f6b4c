import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import {
  getLeaderElectionToken,
  LeaderElectionService,
  LeaderOnly,
  type LossReason,
} from 'nestjs-leader-election';
import { log } from '../../support/collected-log.js';
import { testingApp, turnOfTheEventLoop, Worker } from '../../support/testing-app.js';
import { latch } from '../../support/timeline.js';

const REASONS: readonly LossReason[] = [
  'resigned',
  'conn_lost',
  'lease_expired',
  'error',
  'shutdown',
];

@Injectable()
class Reports {
  readonly sending = latch();

  @LeaderOnly()
  @Interval('often', 60_000)
  async send() {
    await this.sending.opened;
    return 'sent';
  }
}

describe.each(REASONS)("demote('%s')", (reason) => {
  it('aborts the signal, switches the jobs off and calls the hooks', async () => {
    const { moduleRef, service, testing } = await testingApp([Worker, Reports]);
    const { signal } = await testing.elect();

    await testing.demote(reason);

    expect(signal.reason).toMatchObject({ name: 'LeadershipLostError', term: 1n, reason });
    expect(moduleRef.get(Worker).notes).toEqual(['elected 1', `demoted 1 ${reason}`]);
    expect(moduleRef.get(SchedulerRegistry).getIntervals()).toEqual([]);
    expect([service.isLeader, service.leadership, service.leader]).toEqual([
      false,
      undefined,
      undefined,
    ]);
  });

  it('waits for a handler that is running', async () => {
    const { moduleRef, testing } = await testingApp([Reports]);
    await testing.elect();
    const reports = moduleRef.get(Reports);
    const sent = reports.send();
    const order: string[] = [];

    const demoted = testing.demote(reason).then(() => order.push('demoted'));
    await turnOfTheEventLoop();
    order.push('sending ends');
    reports.sending.open();
    await demoted;

    expect(order).toEqual(['sending ends', 'demoted']);
    expect(await sent).toBe('sent');
  });

  it('does nothing on a standby', async () => {
    const { service, events, testing } = await testingApp([Worker]);
    const before = [...events];

    await testing.demote(reason);

    expect(events).toEqual(before);
    expect(service.status().role).toBe('standby');
  });
});

describe('demote()', () => {
  it('resigns when no reason is given', async () => {
    const { moduleRef, testing } = await testingApp([Worker]);
    await testing.elect();

    await testing.demote();

    expect(moduleRef.get(Worker).notes.at(-1)).toBe('demoted 1 resigned');
  });

  it('waits for a demotion that somebody else has begun', async () => {
    const { moduleRef, service, testing } = await testingApp([Worker]);
    await testing.elect();

    void service.resign();
    await testing.demote('conn_lost');

    expect(moduleRef.get(Worker).notes.at(-1)).toBe('demoted 1 resigned');
  });

  it("'conn_lost' loses the connection, and makes another", async () => {
    const { service, events, testing } = await testingApp();
    await testing.elect();
    events.length = 0;

    await testing.demote('conn_lost');

    expect(events).toEqual(expect.arrayContaining(['connection-lost', 'connection-restored']));
    expect(service.status()).toMatchObject({
      connected: true,
      lastError: { error: { message: 'The test closed the connection' } },
    });
    expect(log.text).toContain('Lost the connection to the database');
  });

  it("'lease_expired' leaves the lease unconfirmed first", async () => {
    const { events, testing } = await testingApp();
    await testing.elect();
    events.length = 0;

    await testing.demote('lease_expired');

    expect(events.slice(0, 2)).toEqual(['lease-unconfirmed', 'demoted']);
    expect(events).toEqual(expect.arrayContaining(['connection-lost', 'connection-restored']));
  });

  it("'error' can come while onElected is still running", async () => {
    const { moduleRef, service, testing } = await testingApp([Worker]);
    const elected = testing.elect();
    await service.whenLeader();

    await Promise.all([
      expect(elected).rejects.toThrow('is over (error)'),
      testing.demote('error'),
    ]);

    expect(moduleRef.get(Worker).notes).toEqual(['elected 1', 'demoted 1 error']);
  });

  it("'shutdown' is for good", async () => {
    const { service, testing } = await testingApp();
    await testing.elect();
    let completed = false;
    service.isLeader$.subscribe({ complete: () => (completed = true) });

    await testing.demote('shutdown');

    expect(completed).toBe(true);
    expect(service.status().role).toBe('stopped');
    await expect(testing.elect()).rejects.toThrow("demote('shutdown') was called");
  });

  it.each([
    { reason: 'resigned', left: true },
    { reason: 'error', left: true },
    { reason: 'conn_lost', left: false },
    { reason: 'lease_expired', left: false },
    { reason: 'shutdown', left: false },
  ] as const)('$reason leaves the other elections their leader: $left', async (example) => {
    const options = { leader: true, elections: ['default', 'billing'] };
    const { moduleRef, testing } = await testingApp([Worker], options);
    const billing = moduleRef.get<LeaderElectionService>(getLeaderElectionToken('billing'));

    await testing.election('billing').demote(example.reason);

    expect(billing.isLeader).toBe(false);
    const { notes } = moduleRef.get(Worker);
    expect(notes.slice(1)).toEqual(example.left ? [] : [`demoted 1 ${example.reason}`]);
  });
});

describe('elsewhere()', () => {
  it('makes another instance the leader, in the next term', async () => {
    const { service, testing } = await testingApp([Worker]);
    await testing.elect();

    await testing.elsewhere('pod-2');

    expect(service.isLeader).toBe(false);
    expect(service.leader).toEqual({ instanceId: 'pod-2', term: 2n, since: expect.any(Date) });
    expect((await testing.elect()).term).toBe(3n);
    expect(service.leader?.instanceId).toBe('this-instance');
  });

  it('takes whatever else is to be known of the leader', async () => {
    const { service, testing } = await testingApp();
    const leader = { instanceId: 'pod-2', address: 'http://10.0.0.2', term: 7n, since: new Date() };

    await testing.elsewhere(leader);

    expect(service.leader).toEqual(leader);
  });

  it('is remembered when the connection is lost', async () => {
    const options = { elections: ['default', 'billing'] };
    const { service, testing } = await testingApp([], options);
    await testing.elsewhere('pod-2');
    await testing.election('billing').elect();

    await testing.election('billing').demote('conn_lost');
    await turnOfTheEventLoop();

    expect(service.leader?.instanceId).toBe('pod-2');
  });

  it('is forgotten when this instance leads', async () => {
    const { service, testing } = await testingApp();
    await testing.elsewhere('pod-2');
    await testing.elect();

    await testing.demote('conn_lost');
    await turnOfTheEventLoop();

    expect(service.leader).toBeUndefined();
  });

  it('is named where a leader-only method refuses', async () => {
    @Injectable()
    class Accounts {
      @LeaderOnly()
      close() {
        return 'closed';
      }
    }
    const { moduleRef, testing } = await testingApp([Accounts]);
    await testing.elsewhere('pod-2');

    expect(() => moduleRef.get(Accounts).close()).toThrow('the current leader is pod-2');
  });

  it('refuses this instance', async () => {
    const { testing } = await testingApp();

    await expect(testing.elsewhere('this-instance')).rejects.toThrow('is this instance');
  });
});
