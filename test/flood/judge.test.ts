import { describe, expect, it } from '@jest/globals';
import type { HandOver } from './hand-overs.mjs';
import { judge } from './judge.mjs';
import type { Run } from './run-flood.mjs';
import { catchUps, wrongTicks } from './ticks.mjs';

const handOver = (kind: HandOver['kind'], milliseconds: number | undefined): HandOver => ({
  kind,
  milliseconds,
  waited: 0,
  tick: undefined,
});
const sound = [handOver('resign', 10), handOver('SIGKILL', 60), handOver('SIGTERM', 12)];

/** A run in which nothing is wrong, except for what is given. */
function run({ witness, ...changes }: Partial<Omit<Run, 'witness'>> & { witness?: object }): Run {
  const none = { quiet: new Map(), steady: new Map(), 'hand-overs': new Map(), after: new Map() };
  return {
    takeover: 'fast',
    witness: {
      crashes: [],
      endings: [],
      elections: { quiet: 4, steady: 0, 'hand-overs': 3, after: 0 },
      lines: { quiet: 40, steady: 1, 'hand-overs': 20, after: 0 },
      heartbeats: { ...none, steady: new Map([['#1', [2, 480]]]) },
      memory: new Map([['#1 (7)', [{ at: 0, heap: 15e6, external: 4e6 }]]]),
      ...witness,
    } as unknown as Run['witness'],
    quiet: { done: sound, failures: [] },
    flooded: { done: sound, failures: [] },
    sent: { messages: 20_000, bytes: 1e7, delivered: 20_000, milliseconds: 10_000 },
    rate: 2_000,
    wrongTicks: [],
    ...changes,
  };
}

const flooded = (...done: HandOver[]) => ({ flooded: { done, failures: [] } });
const quiet = (...done: HandOver[]) => ({ quiet: { done, failures: [] } });

describe('a flood that changes nothing', () => {
  it('is no violation', () => {
    expect(judge(run({}))).toEqual([]);
  });

  it('may have a hand-over take as long as another needed on the same machine without it', () => {
    const slow = handOver('SIGTERM', 70);
    expect(judge(run({ ...quiet(handOver('resign', 75)), ...flooded(slow) }))).toEqual([]);
  });
});

describe('a hand-over that waited for a processor which others had', () => {
  const waiting = (milliseconds: number, waited: number) =>
    judge(run(flooded({ ...handOver('resign', milliseconds), waited })));

  it('may take longer by that', () => {
    expect(waiting(80, 31)).toEqual([]);
    expect(waiting(80, 29).join()).toMatch(/80 ms, of which 29 ms were/);
  });

  it('may not take longer by any time', () => {
    expect(waiting(150, 400)).toEqual([]);
    expect(waiting(151, 400).join()).toMatch(/151 ms, of which 100 ms/);
  });
});

describe('what a flood must not do', () => {
  const found = (story: Parameters<typeof run>[0]) => judge(run(story)).join('\n');

  it.each<[string, Parameters<typeof run>[0], RegExp]>([
    ['a process that ended', { witness: { crashes: ['steady: exit code 1'] } }, /process ended/],
    ['a term that ended', { witness: { endings: ['steady: resigned'] } }, /nobody had ended/],
    ['a term too many', { witness: { elections: { steady: 1 } } }, /2 terms while/],
    ['a slow resignation', flooded(handOver('resign', 51)), /resign in the flood: .*51 ms, .*≤ 50/],
    [
      'a slow takeover',
      flooded(handOver('SIGKILL', 101)),
      /SIGKILL in the flood: .*101 ms, .*≤ 100/,
    ],
    ['no leader', flooded(handOver('SIGTERM', undefined)), /in the flood: SIGTERM: nobody led/],
    ['two leaders', flooded(handOver('SIGTERM', -1)), /led 1 ms before/],
    ['a tick', flooded({ ...handOver('resign', 9), tick: 'the job ran 2 times' }), /ran 2 times/],
    ['a tick without a hand-over', { wrongTicks: [{ second: 0, times: 0 }] }, /ran 0 times/],
    ['no hand-over', { flooded: { done: sound, failures: ['not whole'] } }, /flood: not whole/],
    [
      'a slow heartbeat',
      { witness: { heartbeats: { steady: new Map(), 'hand-overs': new Map([['#2', [3, 500]]]) } } },
      /1 heartbeats of #2 .* 500 ms/,
    ],
    [
      'a heap that grows',
      { witness: { memory: new Map([['#3 (9)', [{ heap: 15e6 }, { heap: 17.1e6 }]]]) } },
      /heap of #3 \(9\) has grown by 2.1 MB/,
    ],
    ['a full log', { witness: { lines: { steady: 21 } } }, /21 lines/],
  ])('%s', (_what, story, violation) => {
    expect(found(story)).toMatch(violation);
  });

  it('is looked for in a flood only that was as large as asked for', () => {
    const sent = { messages: 20_000, bytes: 1e7, delivered: 18_000, milliseconds: 10_000 };
    expect(found({ sent })).toMatch(/too small: 18000 messages of 20000/);
  });

  it('is judged by the bound of the takeover', () => {
    const story = { takeover: 'strict' as const, ...flooded(handOver('SIGKILL', 6_200)) };
    expect(found(story)).toBe('');
    expect(found({ ...story, ...flooded(handOver('SIGKILL', 6_230)) })).toMatch(/≤ 6220/);
  });
});

describe('the ticks of a job that is due every second', () => {
  it('are right when it ran once for each, also somewhat late or a moment early', () => {
    expect(wrongTicks([1_002, 1_998, 3_400], 900, 4_100)).toEqual([]);
  });

  it('are wrong when it did not, or did again', () => {
    expect(wrongTicks([1_002, 3_003, 3_100], 900, 4_100)).toEqual([
      { second: 2_000, times: 0 },
      { second: 3_000, times: 2 },
    ]);
  });

  it('that were missed are caught up on by a new leader, before the next is due', () => {
    expect(catchUps([2_510, 3_001], 2_500)).toBe(1);
    expect(catchUps([3_001], 2_500)).toBe(0);
    expect(catchUps([3_001], 2_990)).toBeUndefined();
  });
});
