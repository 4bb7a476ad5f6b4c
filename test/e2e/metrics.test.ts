import { describe, expect, it } from '@jest/globals';
import {
  getLeaderElectionToken,
  type ConnectionMetricsContext,
  type LeaderElectionService,
  type MetricsSink,
} from 'nestjs-leader-election';
import { appsOn, SHORT_LEASE } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { endSession } from '../support/sessions.js';
import { eventually } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

class RecordingSink implements MetricsSink {
  readonly calls: unknown[][] = [];
  readonly heartbeats: [number, ConnectionMetricsContext][] = [];
  readonly connection: unknown[][] = [];

  leaderStatusChanged(...call: unknown[]) {
    this.calls.push(['leaderStatusChanged', ...call]);
  }

  leaderAcquired(...call: unknown[]) {
    this.calls.push(['leaderAcquired', ...call]);
  }

  leaderLost(...call: unknown[]) {
    this.calls.push(['leaderLost', ...call]);
  }

  heartbeat(...heartbeat: [number, ConnectionMetricsContext]) {
    this.heartbeats.push(heartbeat);
  }

  connectionLost(error: Error, context: ConnectionMetricsContext) {
    this.connection.push(['lost', error.message, context]);
  }

  connectionStatusChanged(...call: [string, ConnectionMetricsContext]) {
    this.connection.push(call);
  }
}

/** Has only what a sink must have, and all of it throws. */
class BrokenSink implements MetricsSink {
  leaderStatusChanged = this.#fail;
  leaderAcquired = this.#fail;
  leaderLost = this.#fail;

  #fail(): never {
    throw new Error('disk full');
  }
}

describe('a metrics sink', () => {
  it('hears of each term: acquired and lost, with the election, the instance and the term', async () => {
    const metrics = new RecordingSink();
    const { election, leads, close } = await startApp('app', { options: { metrics } });
    const first = { election: 'default', instanceId: 'app', term: (await leads()).term };
    await election.resign();
    const second = { ...first, term: (await leads()).term };
    await close();

    expect(metrics.calls).toEqual([
      ['leaderStatusChanged', false, { ...first, term: undefined }], // at the start, so that there is a figure
      ['leaderStatusChanged', true, first],
      ['leaderAcquired', first],
      ['leaderStatusChanged', false, first],
      ['leaderLost', 'resigned', first],
      ['leaderStatusChanged', true, second],
      ['leaderAcquired', second],
      ['leaderStatusChanged', false, second],
      ['leaderLost', 'shutdown', second],
    ]);
  });

  it('hears of each heartbeat once, with all elections that live on the connection', async () => {
    const metrics = new RecordingSink();
    const elections = ['a', { name: 'b', candidate: false }];
    const { get, leads } = await startApp('app', {
      options: { ...SHORT_LEASE, elections, metrics },
    });
    const { term } = await leads(get(getLeaderElectionToken('a')));
    const before = metrics.heartbeats.length;
    await eventually(() => metrics.heartbeats.length > before);

    const [milliseconds, context] = metrics.heartbeats.at(-1) ?? [];
    expect(milliseconds).toBeGreaterThan(0);
    expect(milliseconds).toBeLessThan(SHORT_LEASE.renewDeadline);
    expect(context).toEqual({
      instanceId: 'app',
      candidate: true,
      elections: [
        { election: 'a', instanceId: 'app', term },
        { election: 'b', instanceId: 'app', term: undefined },
      ],
    });
  });

  it('hears of the connection once, however many elections there are', async () => {
    const metrics = new RecordingSink();
    const elections = ['a', 'b', 'c'];
    const { get, leads, close } = await startApp('app', { options: { elections, metrics } });
    const a = get<LeaderElectionService>(getLeaderElectionToken('a'));
    await leads(a);
    await endSession(database, 'app');
    await eventually(() => metrics.connection.some(([what]) => what === 'lost'));
    await leads(a);
    await close();

    expect(metrics.connection).toMatchObject([
      ['disconnected', { instanceId: 'app', candidate: true, elections: [{}, {}, {}] }],
      ['connected', {}],
      ['disconnected', {}],
      ['lost', 'terminating connection due to administrator command', {}],
      ['connected', {}],
      ['closed', {}],
    ]);
  });

  it('hears of a connection that can not be made, and whether anybody misses a candidate', async () => {
    const metrics = new RecordingSink();
    const connection = () => {
      throw new Error('the vault is sealed');
    };
    await startApp('app', { options: { connection, metrics, candidate: false } });
    await eventually(() => metrics.connection.length > 1);

    const election = { election: 'default', instanceId: 'app', term: undefined };
    const context = { instanceId: 'app', candidate: false, elections: [election] };
    expect(metrics.connection).toEqual([
      ['disconnected', context],
      ['disconnected', context],
      ['lost', 'the vault is sealed', context],
    ]);
    expect(metrics.calls).toEqual([]); // An observer never leads.
  });

  it('that throws harms neither the election nor the other sinks, and is mentioned once', async () => {
    const sound = new RecordingSink();
    const { election, leads } = await startApp('app', {
      options: { ...SHORT_LEASE, metrics: [new BrokenSink(), sound] },
    });
    await leads();
    await election.resign();
    await leads();
    await eventually(() => sound.heartbeats.length > 0);

    expect(election.isLeader).toBe(true);
    expect(sound.calls).toHaveLength(7);
    expect(log.warnings.map(({ message }) => message)).toEqual([
      'A metrics sink threw; further errors are not logged: Error: disk full',
    ]);
  });

  it('that rejects harms nothing either', async () => {
    const reject = () => Promise.reject(new Error('collector away'));
    const metrics = {
      leaderStatusChanged: () => void 0,
      leaderAcquired: reject as () => never,
      leaderLost: reject as () => never,
    };
    const { election, leads } = await startApp('app', { options: { metrics } });
    await leads();
    await election.resign();
    await leads();

    expect(log.warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^A metrics sink .*collector away/),
    ]);
  });
});
