import { describe, expect, it } from '@jest/globals';
import { check, checkAll, type Run } from './checker/check.mjs';
import type { Happening, Interval } from './checker/records.mjs';
import type { Struck } from './faults/fault.mjs';
import { timings } from './settings.mjs';

const { leaseDuration, renewDeadline } = timings;

/** One leader after the other, and a fault that explains the change: nothing is wrong with it. */
const sound = {
  intervals: [
    { process: 'a.1', from: 1_000, to: 20_000 },
    { process: 'b.1', from: 20_050, to: 40_000 },
  ],
  happenings: {
    'a.1': ['elected 10', 'demoted', 'stopped'],
    'b.1': ['elected 11'],
  },
  faults: [{ kind: 'SIGKILL', instance: 'a', from: 20_000, to: 20_100 }],
  writes: ['10', '10', '11'],
};

interface Story {
  readonly intervals?: Interval[];
  readonly happenings?: Record<string, string[]>;
  readonly faults?: Struck[];
  readonly writes?: string[];
  readonly crashes?: string[];
  readonly takeover?: 'fast' | 'strict';
}

/** The rules that were broken in a run that is sound except for what is given. */
function broken(story: Story): string[] {
  const {
    intervals,
    happenings,
    faults,
    writes,
    crashes = [],
    takeover = 'fast',
  } = {
    ...sound,
    ...story,
  } as typeof sound & Story;
  let at = 0;
  const told = Object.entries(happenings).map(([process, all]): [string, Happening[]] => [
    process,
    all.map((line) => {
      const [what = '', term] = line.split(' ');
      return { what, at: (at += 1), ...(term && { term }) };
    }),
  ]);
  const run: Run = {
    records: { intervals, happenings: new Map(told) },
    faults,
    writes: writes.map((term, id) => ({ id: String(id), term, instance: 'a' })),
    runs: [],
    crashes,
    takeover,
    reserve: 0,
    epoch: 0,
    end: Math.max(...intervals.map(({ to }) => to)),
  };
  return check(run).violations.map(({ rule }) => rule);
}

/** Two that lead at the same time, for so many milliseconds. */
const together = (milliseconds: number): Interval[] => [
  { process: 'a.1', from: 1_000, to: 20_000 },
  { process: 'b.1', from: 20_000 - milliseconds, to: 40_000 },
];

describe('the checker of a chaos run', () => {
  it('finds nothing wrong with one leader after the other', () => {
    expect(broken({})).toEqual([]);
  });

  it('finds two leaders at the same time, however short', () => {
    expect(broken({ intervals: together(0.5) })).toEqual(['two leaders at the same time']);
  });

  it('finds a leader that led all the time beside two others', () => {
    const beside = { process: 'c.1', from: 5_000, to: 30_000 };
    const intervals = [...sound.intervals, beside].sort((a, b) => a.from - b.from);
    expect(broken({ intervals })).toHaveLength(2);
  });

  it.each([
    ['fast', 'a', 100, []],
    ['strict', 'a', 100, ['two leaders at the same time']],
    ['fast', 'b', 100, ['two leaders at the same time']],
    ['fast', 'a', renewDeadline + 1, ['two leaders at the same time']],
  ] as const)(
    'after a terminated backend, takeover %s, at %s, for %s ms: %j',
    (takeover, instance, overlap, rules) => {
      const from = 20_000 - overlap - 1;
      const terminated = { kind: 'pg_terminate_backend', instance, from, to: 20_300, exempt: true };
      expect(broken({ intervals: together(overlap), faults: [terminated], takeover })).toEqual(
        rules,
      );
    },
  );

  it('counts from the effect of a fault that took its time', () => {
    const from = 20_000 - renewDeadline - 100;
    const terminated = { kind: 'pg_terminate_backend', instance: 'a', from, to: 20_300 };
    const story = { intervals: together(renewDeadline) };
    expect(broken({ ...story, faults: [{ ...terminated, exempt: true }] })).toHaveLength(1);
    const exempt = { ...terminated, exempt: true, effect: from + 101 };
    expect(broken({ ...story, faults: [exempt] })).toEqual([]);
  });

  it('allows a takeover that is strict its wait, except after a resignation', () => {
    const intervals = [
      { process: 'a.1', from: 1_000, to: 20_000 },
      { process: 'b.1', from: 20_000 + renewDeadline + 500, to: 40_000 },
    ];
    const after = (kind: string, takeover: 'fast' | 'strict') =>
      broken({ intervals, takeover, faults: [{ kind, instance: 'a', from: 19_999, to: 20_100 }] });
    expect(after('SIGKILL', 'strict')).toEqual([]);
    expect(after('SIGKILL', 'fast')).toEqual(['too long without a leader']);
    expect(after('resign', 'strict')).toEqual(['too long without a leader']);
  });

  it('finds a term that is not greater', () => {
    const happenings = { ...sound.happenings, 'b.1': ['elected 10'] };
    expect(broken({ happenings })).toEqual(['a term that is not greater']);
  });

  it.each([
    ['onElected twice', ['elected 11', 'elected 12']],
    ['onDemoted without onElected', ['demoted']],
    ['onElected before onDemoted has finished', ['elected 11', 'demoted', 'elected 12']],
    ['a process that ends in good order while it leads', ['elected 11', 'ended']],
  ])('finds %s', (_what, told) => {
    expect(broken({ happenings: { ...sound.happenings, 'b.1': told } })).toEqual([
      'hooks out of turn',
    ]);
  });

  it('finds a write of a term that was over', () => {
    expect(broken({ writes: ['10', '11', '10'] })).toEqual(['a stale write']);
  });

  it('finds a time without a leader that the fault does not explain', () => {
    const intervals = [
      { process: 'a.1', from: 1_000, to: 20_000 },
      { process: 'b.1', from: 20_000 + leaseDuration, to: 40_000 },
    ];
    expect(broken({ intervals })).toEqual(['too long without a leader']);
    const frozen = { kind: 'SIGSTOP', instance: 'a', from: 20_000, to: 21_000 };
    expect(broken({ intervals, faults: [frozen] })).toEqual([]);
    expect(broken({ intervals, faults: [] })).toEqual(['too long without a leader']);
  });

  it('finds that nobody led at the end', () => {
    const [first] = sound.intervals as [Interval];
    const late = { process: 'c.1', from: 60_000, to: 60_001 };
    expect(broken({ intervals: [first, late] })).toEqual(['too long without a leader']);
  });

  it('finds crashes, unexpected errors, and that nobody ever led', () => {
    expect(broken({ crashes: ['a.1 ended by itself (1)'] })).toEqual(['a process that crashed']);
    const failed = { ...sound.happenings, 'c.1': ['failure'] };
    expect(broken({ happenings: failed })).toEqual(['an unexpected error']);
    expect(broken({ intervals: [] })).toContain('nobody ever led');
  });
});

describe('the checker of a run with several elections', () => {
  const common = { faults: [], takeover: 'fast' as const, reserve: 0, epoch: 0, end: 40_000 };
  const led = (name: string, intervals: Interval[]) => ({
    name,
    records: { intervals, happenings: new Map<string, Happening[]>() },
    writes: [],
    runs: [],
  });
  const [of, all] = [{ from: 1_000, to: 40_000 }, ['a.1', 'b.1']];

  it('finds nothing wrong with different leaders of different elections', () => {
    const elections = all.map((process, index) => led(`p-${index}`, [{ process, ...of }]));
    expect(checkAll({ ...common, elections, crashes: [] }).violations).toEqual([]);
  });

  it('says in which election a rule was broken', () => {
    const overlapping = all.map((process) => ({ process, ...of }));
    const elections = [led('p-0', [{ process: 'a.1', ...of }]), led('p-1', overlapping)];
    expect(checkAll({ ...common, elections, crashes: [] }).violations).toMatchObject([
      { rule: 'two leaders at the same time', election: 'p-1' },
    ]);
  });

  it('counts a crash once', () => {
    const elections = all.map((process, index) => led(`p-${index}`, [{ process, ...of }]));
    const { violations } = checkAll({ ...common, elections, crashes: ['b.1 ended by itself'] });
    expect(violations).toMatchObject([{ rule: 'a process that crashed' }]);
  });

  it('lets a reserve look in before somebody must lead', () => {
    const gap = [
      { process: 'a.1', from: 1_000, to: 20_000 },
      { process: 'b.1', from: 22_000, to: 40_000 },
    ];
    const rules = (reserve: number) =>
      checkAll({ ...common, reserve, elections: [led('default', gap)], crashes: [] }).violations;
    expect(rules(1_500)).toEqual([]);
    expect(rules(0)).toMatchObject([{ rule: 'too long without a leader' }]);
  });
});
