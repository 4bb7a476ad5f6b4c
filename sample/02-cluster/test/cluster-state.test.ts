import { describe, expect, it } from '@jest/globals';
import { type Cluster, emptyCluster, reduce } from '../src/state/cluster.js';
import type { Happening, OfInstance } from '../src/state/happening.js';
import { headlineOf } from '../src/state/headline.js';
import { KEPT } from '../src/state/marks.js';
import { portray } from '../src/state/portrait.js';
import { failovers, gaps, overlaps, reigning } from '../src/state/reigns.js';
import { timings } from '../src/timings.js';

/** What happens, moment by moment. */
class Scenario {
  cluster: Cluster = emptyCluster;

  /** Two instances, of which the first leads in term 7 since the moment 0. */
  static led(): Scenario {
    return new Scenario()
      .at(-1_000, 1, { type: 'started', pid: 11 })
      .at(-1_000, 2, { type: 'started', pid: 22 })
      .at(-500, 1, { type: 'listening', url: 'http://127.0.0.1:1/' })
      .at(-500, 2, { type: 'listening', url: 'http://127.0.0.1:2/' })
      .at(0, 1, { type: 'elected', term: '7' })
      .at(10, 2, { type: 'role', role: 'heir' });
  }

  at(at: number, instance: number, what: WithoutInstance<OfInstance>): this {
    return this.happens({ at, instance, ...what });
  }

  happens(happening: Happening): this {
    this.cluster = reduce(this.cluster, happening);
    return this;
  }

  /** Its state, what that means, and whether it may act. */
  portrait(number: number, now: number) {
    const instance = this.cluster.instances.find((one) => one.number === number);
    if (!instance) throw new Error(`There is no #${number}`);
    return portray(instance, this.cluster, timings, now);
  }

  headline(now: number) {
    return headlineOf(this.cluster, timings, now);
  }

  /** The sentences, the oldest first. */
  get told(): string[] {
    return this.cluster.story.map(({ text }) => text);
  }

  get lastFailover() {
    const last = failovers(this.cluster.reigns).at(-1);
    return last && { cause: last.cause, milliseconds: last.milliseconds, draining: last.draining };
  }
}

type WithoutInstance<T> = T extends unknown ? Omit<T, 'instance'> : never;

describe('The state of the cluster', () => {
  it('has no leader until an instance is elected', () => {
    const scenario = new Scenario().at(0, 1, { type: 'started', pid: 11 });
    expect(scenario.headline(1).title).toBe('No leader yet');
    scenario.at(100, 1, { type: 'elected', term: '7' });
    expect(scenario.headline(2_100)).toMatchObject({
      title: '#1 leads',
      instance: 1,
      tone: 'good',
    });
    expect(scenario.told).toEqual(['#1 starts.', '#1 leads in term 7.']);
  });

  it('measures a failover from the kill to the election of the next leader', () => {
    const scenario = Scenario.led()
      .at(5_000, 1, { type: 'killed' })
      .at(5_034, 2, { type: 'elected', term: '9' })
      .at(5_040, 1, { type: 'gone', unexpected: false, how: 'SIGKILL' });
    expect(scenario.lastFailover).toEqual({ cause: 'killed', milliseconds: 34, draining: 0 });
    expect(scenario.told.at(-1)).toBe('#2 leads in term 9, 34 ms after #1 was killed.');
    expect(scenario.portrait(1, 6_000)).toMatchObject({ state: 'ended', text: 'Killed.' });
  });

  it('knows how much of a failover the old leader needed to stop its duties', () => {
    const scenario = Scenario.led()
      .at(5_000, 1, { type: 'stopping' })
      .at(5_002, 1, { type: 'demoted', term: '7', reason: 'shutdown' })
      .at(5_090, 1, { type: 'released', term: '7' })
      .at(5_098, 2, { type: 'elected', term: '9' });
    expect(scenario.lastFailover).toEqual({ cause: 'stopped', milliseconds: 96, draining: 88 });
  });

  it('gives the same result if the reports of the successor arrive first', () => {
    const scenario = Scenario.led()
      .at(5_000, 1, { type: 'stopping' })
      .at(5_012, 2, { type: 'elected', term: '9' })
      .at(5_002, 1, { type: 'demoted', term: '7', reason: 'shutdown' })
      .at(5_004, 1, { type: 'released', term: '7' });
    expect(scenario.lastFailover).toEqual({ cause: 'stopped', milliseconds: 10, draining: 2 });
    expect(reigning(scenario.cluster)?.instance).toBe(2);
  });

  it('shows how the lease of a frozen leader runs out, and its successor', () => {
    const scenario = Scenario.led()
      .at(4_800, 1, { type: 'heartbeat', sentAt: 4_800, term: '7' })
      .at(5_000, 1, { type: 'frozen' });
    expect(scenario.portrait(1, 5_800)).toMatchObject({
      state: 'frozen',
      mayAct: true,
      lease: { trust: 2_000, lease: 4_000 },
    });
    expect(scenario.headline(5_800).title).toBe('No leader for 800 ms');
    expect(scenario.headline(5_800).text).toContain(
      'It may act for another 2.0 s; in 4.0 s PostgreSQL ends its session',
    );
    expect(scenario.portrait(1, 8_000)).toMatchObject({ mayAct: false, lease: { trust: 0 } });
    scenario.at(9_830, 2, { type: 'elected', term: '9' });
    expect(scenario.lastFailover).toMatchObject({ cause: 'frozen', milliseconds: 4_830 });
    expect(scenario.portrait(1, 9_900).text).toContain('but #2 leads');

    scenario
      .at(12_000, 1, { type: 'thawed' })
      .at(12_003, 1, { type: 'demoted', term: '7', reason: 'lease_expired' });
    expect(scenario.told.at(-1)).toBe(
      '#1 finds itself demoted 3.0 ms after the thaw: term 7 is over.',
    );
    expect(scenario.portrait(1, 12_100)).toMatchObject({ state: 'standby', lease: undefined });
    expect(scenario.lastFailover).toMatchObject({ cause: 'frozen', milliseconds: 4_830 });
  });

  it('lets a leader that is thawed in time go on leading', () => {
    const scenario = Scenario.led().at(5_000, 1, { type: 'frozen' });
    expect(reigning(scenario.cluster)).toBeUndefined();
    scenario
      .at(6_000, 1, { type: 'thawed' })
      .at(6_010, 1, { type: 'heartbeat', sentAt: 6_008, term: '7' });
    expect(reigning(scenario.cluster)).toMatchObject({ instance: 1, term: '7', from: 0 });
    expect(scenario.lastFailover).toBeUndefined();
  });

  it('does not take a late report of a dead leader for a sign of life', () => {
    const scenario = Scenario.led()
      .at(5_000, 1, { type: 'killed' })
      .at(4_999, 1, { type: 'heartbeat', sentAt: 4_998, term: '7' });
    expect(reigning(scenario.cluster)).toBeUndefined();
  });

  it('does not take a late report of a frozen leader for a sign of life', () => {
    const scenario = Scenario.led()
      .at(5_000, 1, { type: 'frozen' })
      .at(4_999, 1, { type: 'job-started', term: '7' });
    expect(reigning(scenario.cluster)).toBeUndefined();
  });

  it('lets a leader that is cut off lead until its lease is unconfirmed, and keep the lock until it ends', () => {
    const scenario = Scenario.led()
      .at(5_000, 1, { type: 'heartbeat', sentAt: 5_000, term: '7' })
      .at(5_100, 1, { type: 'cut-off' });
    expect(scenario.headline(6_000)).toMatchObject({ title: '#1 leads, but is cut off' });
    scenario
      .at(8_000, 1, { type: 'lease-unconfirmed', term: '7' })
      .at(8_001, 1, { type: 'demoted', term: '7', reason: 'lease_expired' });
    expect(scenario.portrait(1, 9_000)).toMatchObject({
      state: 'cut off',
      mayAct: false,
      lease: { trust: 0, lease: 1_000 },
    });
    expect(scenario.headline(9_000).text).toContain('in 1.0 s PostgreSQL ends its session');
    scenario.at(10_050, 2, { type: 'elected', term: '9' });
    expect(scenario.lastFailover).toMatchObject({ cause: 'cut off', milliseconds: 2_050 });
    scenario.at(12_000, 1, { type: 'reconnected' });
    expect(scenario.portrait(1, 12_000)).toMatchObject({ state: 'standby', lease: undefined });
  });

  it('blames a restart of PostgreSQL for the leaders that it ends', () => {
    const scenario = Scenario.led()
      .happens({ at: 5_000, type: 'server-stopping' })
      .at(5_020, 1, { type: 'demoted', term: '7', reason: 'conn_lost' });
    expect(scenario.headline(5_500).text).toContain('PostgreSQL is down');
    scenario
      .happens({ at: 6_000, type: 'server-started' })
      .at(9_000, 2, { type: 'elected', term: '9' });
    expect(scenario.lastFailover).toMatchObject({
      cause: 'PostgreSQL restarted',
      milliseconds: 3_980,
    });
    expect(scenario.told.at(-1)).toBe(
      '#2 leads in term 9, 4.0 s after the restart of PostgreSQL ended the session of #1.',
    );
  });

  it('says what happened to the session of a leader that leads again after a restart', () => {
    const scenario = Scenario.led()
      .happens({ at: 5_000, type: 'server-stopping' })
      .at(5_020, 1, { type: 'demoted', term: '7', reason: 'conn_lost' })
      .happens({ at: 6_000, type: 'server-started' })
      .at(9_000, 1, { type: 'elected', term: '9' });
    expect(scenario.told.at(-1)).toBe(
      '#1 leads in term 9, 4.0 s after the restart of PostgreSQL ended its session.',
    );
  });

  it('draws no heartbeat of an instance that waits before it leads', () => {
    const scenario = Scenario.led()
      .at(5_000, 2, { type: 'heartbeat', sentAt: 4_999 })
      .at(5_001, 1, { type: 'heartbeat', sentAt: 5_000, term: '7' });
    expect(scenario.cluster.marks.heartbeats).toEqual([{ instance: 1, at: 5_000 }]);
  });

  it('names the instances that wait for the lock', () => {
    const scenario = Scenario.led();
    expect(scenario.headline(2_000).text).toMatch(
      /It alone runs the job\. #2 waits for the lock\.$/,
    );
    scenario
      .at(3_000, 3, { type: 'started', pid: 33 })
      .at(3_500, 3, { type: 'listening', url: 'http://127.0.0.1:3/' });
    expect(scenario.headline(4_000).text).toMatch(/#2 and #3 wait for the lock\.$/);
    scenario.at(5_000, 2, { type: 'frozen' }).at(5_000, 3, { type: 'cut-off' });
    expect(scenario.headline(5_001).text).toMatch(/No other instance could take over\.$/);
  });

  it('says why no instance can lead, and which starts again next', () => {
    const scenario = Scenario.led()
      .happens({ at: 1_000, type: 'restart-policy', delay: 5_000 })
      .at(2_000, 2, { type: 'frozen' })
      .at(3_000, 1, { type: 'killed' })
      .at(3_001, 1, { type: 'gone', unexpected: false, how: 'SIGKILL' });
    expect(scenario.headline(4_001)).toMatchObject({
      title: 'No leader for 1.0 s',
      text: 'No instance can lead: #1 has ended, #2 is frozen. #1 starts again in 4.0 s.',
    });
    expect(scenario.portrait(1, 4_001).text).toBe('Killed. Starts again in 4.0 s.');
    scenario.happens({ at: 5_000, type: 'restart-policy' });
    expect(scenario.headline(5_001).text).toBe('No instance can lead: #1 has ended, #2 is frozen.');
    expect(scenario.portrait(1, 5_001).text).toBe('Killed.');
    expect(scenario.told).toContain(
      'Auto-restart is on: instances that end are started again after 5 s.',
    );
    expect(scenario.told.at(-1)).toBe(
      'Auto-restart is off: instances that end are not started again.',
    );
    scenario.at(6_000, 1, { type: 'removed' }).at(6_000, 2, { type: 'removed' });
    expect(scenario.headline(6_001).text).toBe('There is no instance. Add one.');
  });

  it('does not count a gap in which at times no instance could lead as a failover', () => {
    const scenario = Scenario.led()
      .at(4_000, 2, { type: 'killed' })
      .at(5_000, 1, { type: 'frozen' })
      .at(9_000, 2, { type: 'started', pid: 33 })
      .at(9_500, 2, { type: 'listening', url: 'http://127.0.0.1:2/' })
      .at(10_100, 2, { type: 'elected', term: '9' });
    expect(scenario.lastFailover).toBeUndefined();
    expect(gaps(scenario.cluster.reigns)).toMatchObject([{ milliseconds: 5_100 }]);
    expect(scenario.told.at(-1)).toBe(
      '#2 leads in term 9, 5.1 s after #1 froze (at times no instance could lead).',
    );
    // From here on there is always one.
    scenario
      .at(11_000, 1, { type: 'thawed' })
      .at(12_000, 2, { type: 'killed' })
      .at(12_030, 1, { type: 'elected', term: '11' });
    expect(scenario.lastFailover).toMatchObject({ cause: 'killed', milliseconds: 30 });
  });

  it('notices when two have led at once', () => {
    const scenario = Scenario.led()
      .at(5_000, 2, { type: 'elected', term: '9' })
      .at(5_500, 1, { type: 'demoted', term: '7', reason: 'conn_lost' });
    expect(overlaps(scenario.cluster.reigns)).toBe(1);
    expect(overlaps(Scenario.led().cluster.reigns)).toBe(0);
  });

  it('keeps the place of an instance that has ended, for a new process, until it is removed', () => {
    const scenario = Scenario.led()
      .at(5_000, 1, { type: 'job-started', term: '7' })
      .at(6_000, 1, { type: 'killed' })
      .at(6_001, 1, { type: 'gone', unexpected: false, how: 'SIGKILL' });
    expect(scenario.cluster.instances.map(({ number, runs }) => [number, runs])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    scenario.at(7_000, 1, { type: 'started', pid: 33 });
    expect(scenario.cluster.instances[0]).toMatchObject({ phase: 'starting', pid: 33, runs: 0 });
    scenario.at(8_000, 1, { type: 'removed' });
    expect(scenario.cluster.instances.map(({ number }) => number)).toEqual([2]);
  });

  it('says how an instance ended by itself', () => {
    const scenario = Scenario.led().at(5_000, 1, {
      type: 'gone',
      unexpected: true,
      how: 'exit code 3',
    });
    expect(scenario.told.at(-1)).toBe('#1 ended by itself (exit code 3).');
    expect(scenario.portrait(1, 5_000).text).toBe('Ended by itself: exit code 3.');
  });

  it('forgets what no timeline shows any more', () => {
    const scenario = Scenario.led();
    for (let at = 0; at < 3 * KEPT; at += 500) {
      scenario.at(at, 1, { type: 'heartbeat', sentAt: at, term: '7' });
      scenario.at(at, 1, { type: 'job-started', term: '7' });
    }
    const { heartbeats, runs } = scenario.cluster.marks;
    expect(heartbeats.length).toBe(KEPT / 500 + 1);
    expect(runs.length).toBe(KEPT / 500 + 1);
    // Whereas it still leads, and is still alive.
    expect(scenario.cluster.marks.conditions.length).toBe(2);
    expect(reigning(scenario.cluster)?.from).toBe(0);
  });
});
