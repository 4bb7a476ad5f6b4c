import { describe, expect, it } from '@jest/globals';
import { checkAll } from './checker/check.mjs';
import { joinedStandby, refusals, triesAtStandby } from './checker/standbys.mjs';
import type { Happening, Interval } from './checker/records.mjs';
import type { Struck } from './faults/fault.mjs';

const kind = 'standby promoted, some instances sent to one that lags';
const astray = { instances: ['a', 'b'], from: 10_000, to: 13_000, visits: 4, tries: 0 };
const promoted: Struck = { kind, from: 9_000, to: 15_000, astray };

interface Story {
  readonly intervals?: Interval[];
  readonly happenings?: Record<string, Happening[]>;
  readonly faults?: Struck[];
}

const recordsOf = ({ intervals = [], happenings = {} }: Story) => ({
  intervals,
  happenings: new Map(Object.entries(happenings)),
});

const joined = (story: Story) =>
  joinedStandby(recordsOf(story), story.faults ?? [promoted]).map(({ what }) => what);

const leads = (process: string, from: number) => ({ process, from, to: from + 500 });
const restored = (at: number) => [{ what: 'connection-restored', at }];

describe('the checker of instances that are sent to a standby', () => {
  it('finds one that leads there', () => {
    expect(joined({ intervals: [leads('a.2', 11_000)] })).toEqual(['leads']);
  });

  it('finds one that takes it for a primary', () => {
    expect(joined({ happenings: { 'b.1': restored(12_999) } })).toEqual(['connection-restored']);
  });

  it('finds nothing wrong with others, and before and after', () => {
    const intervals = [leads('c.1', 11_000), leads('a.1', 9_999), leads('a.1', 13_001)];
    const happenings = {
      'c.1': restored(11_000),
      'a.1': [...restored(9_999), ...restored(13_001), { what: 'connection-lost', at: 11_000 }],
    };
    expect(joined({ intervals, happenings })).toEqual([]);
    const elsewhere = { kind, from: 9_000, to: 15_000 };
    expect(joined({ intervals: [leads('a.1', 11_000)], faults: [elsewhere] })).toEqual([]);
  });

  it('allows one to whom something else was done that it may not have seen the end of the primary', () => {
    const frozen = { kind: 'SIGSTOP', instance: 'a', from: 9_900, to: 11_000 };
    const story = { intervals: [leads('a.1', 11_001)], faults: [promoted, frozen] };
    expect(joined(story)).toEqual([]);
    expect(joined({ ...story, faults: [promoted, { ...frozen, instance: 'b' }] })).toEqual([
      'leads',
    ]);
    const before = { ...frozen, from: 5_000, to: 6_000 };
    expect(joined({ ...story, faults: [promoted, before] })).toEqual(['leads']);
  });

  it('finds locks that were tried there, once for all elections', () => {
    expect(triesAtStandby([promoted])).toEqual([]);
    const tried = { ...promoted, astray: { ...astray, tries: 1 } };
    const elections = ['default', 'p-0'].map((name) => ({
      ...{ name, writes: [], runs: [] },
      records: recordsOf({ intervals: [{ process: 'c.1', from: 1_000, to: 20_000 }] }),
    }));
    const run = { takeover: 'fast' as const, reserve: 0, epoch: 0, end: 20_000, crashes: [] };
    const { violations } = checkAll({ ...run, elections, faults: [tried] });
    expect(violations.map(({ rule }) => rule)).toEqual(['a lock tried at a standby']);
  });

  it('counts the refusals', () => {
    const failed = (reason: string, at: number) => ({ what: 'no connection', reason, at });
    const happenings = {
      'a.1': [failed('NotPrimaryError', 10_500), failed('DatabaseConnectionError', 10_600)],
      'b.1': [failed('NotPrimaryError', 10_500)],
    };
    expect(refusals(recordsOf({ happenings }))).toBe(2);
  });
});
