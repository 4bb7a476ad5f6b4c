import { describe, expect, it } from '@jest/globals';
import { catchingUp } from './checker/catching-up/catching-up.mjs';
import { ACQUAINTANCE, WINDOW } from './checker/catching-up/knowledge.mjs';
import { wronglyRecorded } from './checker/catching-up/recorded-runs.mjs';
import { check } from './checker/check.mjs';
import type { Happening, Interval } from './checker/records.mjs';
import type { Struck } from './faults/fault.mjs';
import { JOB, timings } from './settings.mjs';

const { period } = JOB;
const [a, b] = ['a', 'b'].map((name) => `${name}.1`) as [string, string];
const end = 40_000;

/** What a process writes down of a leadership, in which its job runs whenever it is due. */
interface Led {
  readonly process: string;
  readonly term: string;
  readonly from: number;
  readonly until: number;
  readonly reason?: string;
  readonly released?: boolean;
  /** The tick for which it runs when it is elected, and since when it knows of no leader. */
  readonly caughtUp?: { tick: number; since: number; knewPredecessor?: boolean } | undefined;
  readonly more?: Happening[];
}

function happeningsOf(led: Led): Happening[] {
  const { term, from, until, reason, released = reason !== undefined, caughtUp, more = [] } = led;
  const ready = from + 10;
  const ran = (at: number, details: object): Happening =>
    ({
      what: 'ran',
      at,
      term,
      caughtUp: false,
      since: 0,
      knewPredecessor: true,
      ...details,
    }) as Happening;
  const first = Math.ceil((ready + 1) / period) * period;
  const ticks = Array.from({ length: 20 }, (_, index) => first + index * period);
  return [
    { what: 'elected', at: from + 1, term },
    { what: 'ready', at: ready },
    ...(caughtUp ? [ran(ready + 1, { caughtUp: true, ...caughtUp })] : []),
    ...ticks.filter((tick) => tick < until).map((tick) => ran(tick + 1, { tick })),
    ...(reason ? [{ what: 'demoted', at: until + 1, reason }] : []),
    ...(released ? [{ what: 'released', at: until + 40 }] : []),
    ...more,
  ];
}

interface Story {
  readonly last?: Partial<Led>;
  readonly next?: Partial<Led>;
  /** When the next leader was connected, and what else happened to its connection. */
  readonly connected?: number;
  readonly connection?: [what: string, at: number][];
  readonly faults?: Struck[];
  readonly third?: Interval;
}

/** The first leader is frozen at 20,500 ms, and the second one elected at 22,600 ms: the tick at 22,000 ms is missed. */
const frozen: Struck = { kind: 'SIGSTOP', instance: 'a', from: 20_500, to: 24_000 };
const missed = { tick: 22_000, since: 20_400 };

function recordsOf({ last, next, connected = 500, connection = [], third }: Story) {
  const leaders: Led[] = [
    { process: a, term: '10', from: 1_000, until: 20_500, ...last },
    { process: b, term: '11', from: 22_600, until: end, caughtUp: missed, ...next },
  ];
  const happenings = new Map<string, Happening[]>([
    [a, [{ what: 'connection-restored', at: 400 }]],
    [b, [{ what: 'connection-restored', at: connected }]],
  ]);
  for (const [what, at] of connection) happenings.get(b)?.push({ what, at });
  for (const led of leaders) happenings.get(led.process)?.push(...happeningsOf(led));
  for (const all of happenings.values()) all.sort((one, other) => one.at - other.at);
  const intervals = [
    ...leaders.map(({ process, from, until: to }) => ({ process, from, to })),
    ...(third ? [third] : []),
  ].sort((one, other) => one.from - other.from);
  if (third) happenings.set(third.process, []);
  return { intervals, happenings };
}

function judge(story: Story) {
  const { violations, judged } = catchingUp({
    records: recordsOf(story),
    faults: story.faults ?? [frozen],
    epoch: 0,
  });
  return { rules: violations.map(({ rule }) => rule), judged };
}

const MISSED = 'a missed tick that nobody ran';
const AGAIN = 'a tick that ran again';

describe('the checker of a job that catches up, after a missed tick', () => {
  const nothingRan = { next: { caughtUp: undefined } };

  it('finds nothing wrong where the next leader runs it', () => {
    const { rules, judged } = judge({});
    expect(rules).toEqual([]);
    expect(judged).toMatchObject({ mustRun: 1, mustNotRun: 0, caughtUp: 1 });
  });

  it('finds a tick that nobody ran', () => {
    expect(judge(nothingRan).rules).toEqual([MISSED]);
  });

  it('finds it in a whole run, at the election, whatever the clocks say', () => {
    const shift = 1_234_567;
    const { intervals, happenings } = recordsOf(nothingRan);
    const shifted = new Map(
      [...happenings].map(([process, all]) => [
        process,
        all.map((happening) => ({ ...happening, at: happening.at - shift })),
      ]),
    );
    const run = {
      records: {
        intervals: intervals.map(({ process, from, to }) => ({
          process,
          from: from - shift,
          to: to - shift,
        })),
        happenings: shifted,
      },
      faults: [{ ...frozen, from: frozen.from - shift, to: frozen.to - shift }],
      ...{ writes: [], runs: [], crashes: [], takeover: 'fast' as const, reserve: 0 },
      end: end - shift,
    };
    const found = check({ ...run, epoch: shift }).violations.filter(({ rule }) => rule === MISSED);
    expect(found).toMatchObject([{ at: 22_600 - shift }]);
    const without = check({ ...run, epoch: undefined });
    expect(without.violations.map(({ rule }) => rule)).not.toContain(MISSED);
  });

  it('does not take it for run where the new leader knew of no predecessor', () => {
    const caughtUp = { tick: 22_000, since: 22_600, knewPredecessor: false };
    expect(judge({ next: { caughtUp } }).rules).toEqual([MISSED]);
  });

  it.each<[string, Story]>([
    [
      'one that was cut off until another led',
      { faults: [{ ...frozen, kind: 'packets dropped, both ways' }] },
    ],
    ['one that was killed', { faults: [{ ...frozen, kind: 'SIGKILL', to: 20_900 }] }],
    [
      'one that went with the server',
      {
        faults: [{ kind: 'server restart, fast', from: 20_490, to: 21_000 }],
        connection: [
          ['connection-lost', 20_495],
          ['connection-restored', 21_500],
        ],
      },
    ],
    [
      'one that went with the server, and was thawed after that',
      {
        faults: [
          { kind: 'server restart, fast', from: 20_490, to: 21_000 },
          { ...frozen, from: 21_000, to: 22_000 },
        ],
      },
    ],
    [
      'one that stepped down in good order',
      {
        last: { until: 21_900, reason: 'shutdown' },
        next: { from: 22_100, caughtUp: undefined },
        faults: [{ kind: 'SIGTERM', instance: 'a', from: 21_890, to: 23_000 }],
      },
    ],
  ])('finds a tick that nobody ran after %s', (_what, story) => {
    expect(judge({ ...story, next: { ...story.next, caughtUp: undefined } }).rules).toEqual([
      MISSED,
    ]);
  });

  it.each<[string, Story]>([
    ['was connected just before', { connected: 20_501 - ACQUAINTANCE }],
    ['was connected only afterwards', { connected: 21_000 }],
    ['had lost its connection', { connection: [['connection-lost', 19_000]] }],
    [
      'was cut off itself',
      {
        faults: [
          frozen,
          { kind: 'proxy silent, both ways', instance: 'b', from: 17_000, to: 19_000 },
        ],
      },
    ],
    [
      'was frozen itself when its job started',
      { faults: [frozen, { kind: 'SIGSTOP', instance: 'b', from: 22_605, to: 23_000 }] },
    ],
    ['came out of reserve', { connection: [['reserve-entered', 21_000]] }],
    [
      'could not hear announcements',
      {
        faults: [
          frozen,
          { kind: 'server with a full queue of notifications', from: 21_000, to: 21_500 },
        ],
      },
    ],
    ['follows one that was thawed for a moment', { faults: [{ ...frozen, to: 22_000 }] }],
    [
      'follows one whose packets came through at last',
      { faults: [{ ...frozen, kind: 'packets dropped, both ways', to: 22_000 }] },
    ],
    [
      'follows one whose packets trickled',
      { faults: [{ ...frozen, kind: 'packets lost at random' }] },
    ],
    ['follows one that had just been elected', { last: { from: 20_501 - ACQUAINTANCE } }],
    [
      'follows one that was killed while it stopped its duties',
      {
        last: { reason: 'shutdown', released: false },
        faults: [
          { kind: 'SIGTERM', instance: 'a', from: 20_490, to: 20_700 },
          { kind: 'SIGKILL', instance: 'a', from: 20_600, to: 20_700 },
        ],
      },
    ],
    ['was gone before its job started', { next: { until: 22_620 } }],
    ['led beside another', { third: { process: 'c.1', from: 19_000, to: 23_000 } }],
  ])('allows it where the next leader %s', (_what, story) => {
    const { rules, judged } = judge({ ...story, next: { ...story.next, caughtUp: undefined } });
    expect(rules).toEqual([]);
    expect(judged.mustRun).toBe(0);
  });
});

describe('the checker of a job that catches up, after a tick that was run', () => {
  const killed: Struck = { kind: 'SIGKILL', instance: 'a', from: 21_500, to: 21_700 };
  const caughtUp = { tick: 20_000, since: 19_900 };
  const again: Story = {
    last: { until: 21_500 },
    next: { from: 21_600, caughtUp },
    faults: [killed],
  };

  it('finds nothing wrong where the next leader does not run it again', () => {
    const { rules, judged } = judge({ ...again, next: { from: 21_600, caughtUp: undefined } });
    expect(rules).toEqual([]);
    expect(judged).toMatchObject({ mustRun: 0, mustNotRun: 1, caughtUp: 0 });
  });

  it('finds a tick that ran again', () => {
    expect(judge(again).rules).toEqual([AGAIN]);
  });

  it('finds a tick that ran again after a resignation, however soon', () => {
    const story: Story = {
      last: { until: 20_100, reason: 'resigned' },
      next: { from: 20_200, caughtUp },
      faults: [{ kind: 'resign', instance: 'a', from: 20_090, to: 20_190 }],
    };
    expect(judge(story).rules).toEqual([AGAIN]);
    const full = { kind: 'server with a full queue of notifications', from: 20_000, to: 20_150 };
    expect(judge({ ...story, faults: [...(story.faults ?? []), full] }).rules).toEqual([]);
    const unheard: Story = { ...story, last: { ...story.last, released: false } };
    expect(judge(unheard).rules).toEqual([]);
  });

  it('finds a tick that a process ran again in its next term', () => {
    const self = (until: number): Story => ({
      last: { until, reason: 'conn_lost' },
      next: { process: a, from: until + 100, caughtUp },
      faults: [],
    });
    expect(judge(self(20_010 + timings.renewDeadline)).rules).toEqual([AGAIN]);
    expect(judge(self(19_990 + timings.renewDeadline)).rules).toEqual([]);
  });

  it.each<[string, Story]>([
    ['the old leader ended soon after it', { last: { until: 20_000 + WINDOW } }],
    [
      'the old leader had just been elected',
      { last: { from: 20_002 - ACQUAINTANCE, until: 21_500 } },
    ],
    ['the next leader was connected after it', { connected: 20_500 }],
    ['the next leader lost its connection', { connection: [['connection-lost', 20_300]] }],
    ['the next leader came out of reserve', { connection: [['reserve-entered', 21_000]] }],
    ...[
      { kind: 'server with a disk that is slow to flush', from: 20_100, to: 20_400 },
      { kind: 'server with a full queue of notifications', from: 900, to: 1_200 },
      { kind: 'slow', instance: 'a', from: 20_100, to: 20_400 },
      { kind: 'SIGSTOP', instance: 'b', from: 18_000, to: 20_400 },
    ].map((fault): [string, Story] => [
      `of ${fault.kind}, of ${fault.instance ?? 'the server'}`,
      { faults: [killed, fault] },
    ]),
  ])('allows it where %s', (_what, story) => {
    const { rules, judged } = judge({ ...again, ...story });
    expect(rules).toEqual([]);
    expect(judged.mustNotRun).toBe(0);
  });

  it('allows a run for a tick that was due while the duties of the new leader started', () => {
    const next = { from: 21_995, caughtUp: { tick: 22_000, since: 21_400 } };
    expect(judge({ last: { until: 21_500 }, next, faults: [killed] }).rules).toEqual([]);
  });

  it('finds a tick that runs twice in a term', () => {
    const twice = { what: 'ran', at: 24_500, tick: 24_000, term: '11', caughtUp: false, since: 0 };
    expect(judge({ next: { more: [twice] } }).rules).toEqual(['a tick twice in a term']);
  });

  it('finds a job that catches up twice, as where several ticks were missed', () => {
    const run = { what: 'ran', at: 22_612, term: '11', caughtUp: true, knewPredecessor: true };
    const second = { ...run, ...missed };
    expect(judge({ next: { more: [second] } }).rules).toEqual(['a tick twice in a term']);
  });
});

describe('the checker of the runs in the database', () => {
  const records = recordsOf({});
  const begun = [...records.happenings].flatMap(([instance, all]) =>
    all.flatMap((happening) =>
      'tick' in happening
        ? [{ instance, ...(happening as Happening & { tick: number; caughtUp: boolean }) }]
        : [],
    ),
  );
  const rows = begun.flatMap(({ instance, tick, term = '', caughtUp }, index) =>
    [false, true].map((fenced) => ({
      ...{ id: String(2 * index), tick: String(tick), term, instance, caught_up: caughtUp, fenced },
    })),
  );
  const rules = (runs: typeof rows, faults: Struck[] = [frozen]) => {
    const wrong = wronglyRecorded({ records, faults, runs, epoch: 0, end });
    return wrong.map(({ rule }) => rule);
  };
  const [first] = rows as [(typeof rows)[0]];

  it('finds nothing wrong where each run is there twice, once fenced', () => {
    expect(rules(rows)).toEqual([]);
  });

  it.each<[string, Partial<typeof first>]>([
    ['instance', { instance: 'c.1' }],
    ['term', { term: '12' }],
    ['tick', { tick: '5000' }],
    ['beginning', { caught_up: true }],
  ])('finds one that nobody began, by its %s', (_what, other) => {
    expect(rules([...rows, { ...first, ...other }])).toEqual(['a run that nobody began']);
  });

  it('finds one that is there too often', () => {
    expect(rules([...rows, first])).toEqual(['a run that was recorded twice']);
  });

  it.each([false, true])('finds one that is missing, fenced: %s', (fenced) => {
    const without = rows.filter((row) => row.tick !== '6000' || row.fenced !== fenced);
    expect(rules(without)).toEqual(['a run that was not recorded']);
  });

  it('allows one that is missing after something happened', () => {
    const without = rows.filter(({ tick }) => tick !== '6000');
    const faults = [
      { kind: 'slow', instance: 'a', from: 6_500, to: 6_600 },
      { kind: 'server restart, fast', from: 5_000, to: 5_500 },
    ];
    for (const fault of faults) expect(rules(without, [frozen, fault])).toEqual([]);
    // The last run of the leader that was frozen then.
    expect(rules(rows.filter(({ tick }) => tick !== '20000'))).toEqual([]);
  });

  it('finds a fenced run of a term that was over', () => {
    const late = { ...first, id: '1000', fenced: true, tick: '4000' };
    const { violations } = check({
      ...{ records, faults: [frozen], writes: [], crashes: [], reserve: 0, epoch: 0, end },
      takeover: 'fast',
      runs: [...rows.filter((row) => !(row.fenced && row.tick === '4000')), late],
    });
    expect(violations.map(({ rule }) => rule)).toEqual(['a stale write']);
  });
});
