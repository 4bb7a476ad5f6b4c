import { describe, expect, it } from '@jest/globals';
import type { MetricsContext, MetricsSink } from 'nestjs-leader-election';
import { appsOn, SHORT_LEASE } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { eventually } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

class RecordingSink implements MetricsSink {
  readonly calls: unknown[][] = [];
  readonly heartbeats: [number, MetricsContext][] = [];

  leaderStatusChanged(...call: unknown[]) {
    this.calls.push(['leaderStatusChanged', ...call]);
  }

  leaderAcquired(...call: unknown[]) {
    this.calls.push(['leaderAcquired', ...call]);
  }

  leaderLost(...call: unknown[]) {
    this.calls.push(['leaderLost', ...call]);
  }

  heartbeat(...heartbeat: [number, MetricsContext]) {
    this.heartbeats.push(heartbeat);
  }

  connectionLost(error: Error, context: MetricsContext) {
    this.calls.push(['connectionLost', error.message, context]);
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

  it('hears of the round trip of each heartbeat, once for each election', async () => {
    const metrics = new RecordingSink();
    const elections = ['a', 'b'];
    const { leads } = await startApp('app', { options: { ...SHORT_LEASE, elections, metrics } });
    const { term } = await leads();
    metrics.heartbeats.length = 0;
    await eventually(() => metrics.heartbeats.length >= 2);

    const [[milliseconds, context], [, next]] = metrics.heartbeats as [
      [number, MetricsContext],
      [number, MetricsContext],
    ];
    expect(milliseconds).toBeGreaterThan(0);
    expect(milliseconds).toBeLessThan(SHORT_LEASE.renewDeadline);
    expect(context).toEqual({ election: 'a', instanceId: 'app', term });
    expect(next).toMatchObject({ election: 'b', instanceId: 'app' });
  });

  it('hears of a connection that can not be made', async () => {
    const metrics = new RecordingSink();
    const connection = () => {
      throw new Error('the vault is sealed');
    };
    await startApp('app', { options: { connection, metrics } });
    await eventually(() => metrics.calls.length > 1);

    expect(metrics.calls.slice(1)).toEqual([
      [
        'connectionLost',
        'the vault is sealed',
        { election: 'default', instanceId: 'app', term: undefined },
      ],
    ]);
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
      'A metrics sink threw, which is ignored from now on: Error: disk full',
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
