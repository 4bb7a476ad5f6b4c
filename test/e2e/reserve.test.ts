import { describe, expect, it } from '@jest/globals';
import * as client from 'prom-client';
import {
  getLeaderElectionToken,
  type ConnectionStatus,
  type LeaderElectionService,
  type MetricsSink,
} from 'nestjs-leader-election';
import { PrometheusMetrics } from 'nestjs-leader-election/prometheus';
import { LeaderElectionHealthIndicator } from 'nestjs-leader-election/terminus';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { eventually } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());
const options = { maxCandidates: 1, reserveInterval: 300 };

const ignored = () => undefined;

class StatusSink implements MetricsSink {
  leaderStatusChanged = ignored;
  leaderAcquired = ignored;
  leaderLost = ignored;
  readonly statuses: ConnectionStatus[] = [];

  connectionStatusChanged(status: ConnectionStatus): void {
    this.statuses.push(status);
  }
}

describe('an application in reserve', () => {
  it('says so in its status, and knows who leads without a connection', async () => {
    const { term } = await (await startApp('first', { options })).leads();
    const { election, hears } = await startApp('second', { options });
    await hears('reserve-entered');
    await eventually(() => !election.status().connected);

    expect(election.status()).toMatchObject({
      role: 'reserve',
      isLeader: false,
      term: undefined,
      leader: { instanceId: 'first', term },
      disconnectedSince: undefined,
      lastHeartbeat: expect.any(Date),
      lastError: undefined,
    });
    expect(log.text).toMatch('In reserve: all places are taken (maxCandidates: 1)');
  });

  it('says when it has entered the reserve and when it has left it, and leads then', async () => {
    const first = await startApp('first', { options });
    await first.leads();
    const second = await startApp('second', { options });
    await second.hears('reserve-entered');
    await first.close();
    await second.leads();

    expect(
      second.events.map(({ type }) => type).filter((type) => type !== 'leader-changed'),
    ).toEqual(['reserve-entered', 'reserve-left', 'connection-restored', 'elected']);
  });

  it('is healthy, and counts as in reserve and not as disconnected', async () => {
    const registry = new client.Registry();
    const sink = new StatusSink();
    const metrics = [new PrometheusMetrics({ client, registry }), sink];
    const first = await startApp('first', { options });
    await first.leads();
    const second = await startApp('second', {
      options: { ...options, metrics },
      providers: [LeaderElectionHealthIndicator],
    });
    await second.hears('reserve-entered');
    await eventually(() => !second.election.status().connected);

    const health = second.get(LeaderElectionHealthIndicator).isHealthy('election');
    expect(health).toMatchObject({
      election: { status: 'up', role: 'reserve', leader: 'first' },
    });
    const scraped = await registry.metrics();
    expect(scraped).toMatch('leader_election_reserve_instances{candidate="true"} 1');
    expect(scraped).toMatch('leader_election_disconnected_instances{candidate="true"} 0');
    await first.close();
    await second.leads();
    const after = await registry.metrics();
    expect(after).toMatch('leader_election_reserve_instances{candidate="true"} 0');
    expect(sink.statuses).toEqual(['disconnected', 'reserve', 'connected']);
  });

  it('has a role in each election, and leads those that it contends in when it has a place', async () => {
    const elections = ['default', { name: 'observed', candidate: false }];
    const first = await startApp('first', { options: { ...options, elections } });
    await first.leads();
    const second = await startApp('second', { options: { ...options, elections } });
    await second.hears('reserve-entered');
    const observed = second.get<LeaderElectionService>(getLeaderElectionToken('observed'));

    expect(second.election.status().role).toBe('reserve');
    expect(observed.status().role).toBe('observer');
  });
});
