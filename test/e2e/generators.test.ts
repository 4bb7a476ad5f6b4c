import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  currentLeadership,
  LeaderElectionService,
  LeaderOnly,
  NotLeaderError,
} from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { Diary, eventually, latch, timeline, within } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

/** For what the generator does next, and for what its `finally` waits for. */
let next = latch();
let closing = latch();
beforeEach(() => {
  next = latch();
  closing = latch();
  closing.open();
});

@Injectable()
class Rows {
  constructor(
    private readonly diary: Diary,
    private readonly election: LeaderElectionService,
  ) {}

  @LeaderOnly()
  endless() {
    return this.#endless();
  }

  async *#endless(): AsyncGenerator<number> {
    try {
      for (let row = 1; ; row += 1) {
        this.diary.note(`reads ${row}`);
        if (row > 1) await next.opened;
        yield row;
      }
    } finally {
      await closing.opened;
      this.diary.note('closed');
    }
  }

  @LeaderOnly()
  *counted(): Generator<number, string, string | undefined> {
    try {
      const heard = yield 1;
      yield heard === undefined ? 2 : heard.length;
      return 'all';
    } finally {
      this.diary.note('closed');
    }
  }

  @LeaderOnly()
  async later() {
    await Promise.resolve();
    return this.#endless();
  }

  @LeaderOnly()
  async *terms() {
    yield currentLeadership()?.term;
    await Promise.resolve();
    yield currentLeadership()?.term;
  }

  @LeaderOnly()
  async *resigns() {
    try {
      yield 'before';
      await this.election.resign();
      yield 'after';
    } finally {
      this.diary.note('closed');
    }
  }

  @LeaderOnly()
  *resignsAtOnce() {
    try {
      yield 'before';
      void this.election.resign();
      yield 'after';
    } finally {
      this.diary.note('closed');
    }
  }

  @LeaderOnly()
  async *failsToClose() {
    try {
      yield await Promise.resolve(1);
    } finally {
      await Promise.reject(new Error('no way to close'));
    }
  }

  @LeaderOnly()
  async *failing() {
    yield await Promise.resolve(1);
    throw new Error('no more rows');
  }
}

/** A leader, and what happened in it. */
async function leader() {
  const app = await startApp('leader', { providers: [Rows], options: { stopTimeout: 20_000 } });
  app.election.events$.subscribe(({ type }) => {
    if (type === 'demoted' || type === 'released') app.diary.note(type);
  });
  const leadership = await app.leads();
  return {
    ...app,
    leadership,
    rows: app.get(Rows),
    demoted: () => within(app.election.resign(), () => 'it is not demoted'),
    listeners: () => getEventListeners(leadership.signal, 'abort').length,
  };
}

describe('an async generator of a leader-only method', () => {
  it('is what it would be elsewhere', async () => {
    const { rows, leadership } = await leader();
    const { term } = leadership;

    const terms = rows.terms();
    expect(Object.prototype.toString.call(terms)).toBe('[object AsyncGenerator]');
    const all: unknown[] = [];
    for await (const one of terms) all.push(one);
    expect(all).toEqual([term, term]);
    expect(await terms.next()).toEqual({ done: true, value: undefined });

    const failing = rows.failing();
    expect(await failing.next()).toEqual({ done: false, value: 1 });
    await expect(failing.next()).rejects.toThrow('no more rows');
    expect(await failing.next()).toEqual({ done: true, value: undefined });

    const endless = rows.endless();
    await endless.next();
    await expect(endless.throw(new Error('enough'))).rejects.toThrow('enough');
    expect(await endless.return('end')).toEqual({ done: true, value: 'end' });
  });

  it('that stands at a yield is closed by a demotion, which waits for its finally', async () => {
    closing = latch();
    const { rows, election } = await leader();
    const endless = rows.endless();
    expect(await endless.next()).toEqual({ done: false, value: 1 });

    const resigned = election.resign();
    await timeline.shows('leader: demoted');
    await expect(endless.next()).rejects.toThrow(NotLeaderError);
    closing.open();
    await within(resigned, () => 'it is not demoted');

    expect(timeline.entries).toEqual([
      'leader: reads 1',
      'leader: demoted',
      'leader: closed',
      'leader: released',
    ]);
    await expect(endless.next()).rejects.toMatchObject({
      called: 'Rows.endless',
      election: 'default',
    });
    expect(log.warnings).toEqual([]);
  });

  it('that is asked for a value refuses at once, and the demotion waits until it comes to an end', async () => {
    const { rows, election } = await leader();
    const endless = rows.endless();
    await endless.next();
    const asked = [endless.next(), endless.next()];
    await timeline.shows('leader: reads 2');

    const resigned = election.resign();
    for (const one of asked) await expect(one).rejects.toThrow(NotLeaderError);
    expect(timeline.entries.slice(2)).toEqual(['leader: demoted']);
    next.open();
    await within(resigned, () => 'it is not demoted');

    expect(timeline.entries.slice(2)).toEqual([
      'leader: demoted',
      'leader: closed',
      'leader: released',
    ]);
  });

  it('ends a loop that is slow to come back to it', async () => {
    const { rows, election } = await leader();
    const heard: number[] = [];
    const consumed = (async () => {
      for await (const row of rows.endless()) {
        heard.push(row);
        await within(election.resign(), () => 'it waits for the consumer');
      }
    })();

    await expect(consumed).rejects.toThrow(NotLeaderError);
    expect(heard).toEqual([1]);
    expect(timeline.entries.slice(-2)).toEqual(['leader: closed', 'leader: released']);
  });

  it('that nobody has begun does not run, and is refused once the leadership is over', async () => {
    const { rows, demoted, leads, election, listeners } = await leader();
    const before = listeners();
    const endless = rows.endless();
    expect(listeners()).toBe(before);

    await demoted();
    await expect(endless.next()).rejects.toThrow(NotLeaderError);
    // It belongs to the term in which it was called.
    await leads();
    expect(election.isLeader).toBe(true);
    await expect(endless.next()).rejects.toThrow(NotLeaderError);

    expect(timeline.entries).toEqual(['leader: demoted', 'leader: released']);
  });

  it('can be called on the leader only', async () => {
    const { rows, close } = await leader();
    await close();

    expect(() => rows.endless()).toThrow(NotLeaderError);
    expect(() => rows.counted()).toThrow(NotLeaderError);
  });

  it('that its consumer has left is closed then, and nothing is left of it', async () => {
    const { rows, demoted, listeners } = await leader();
    const before = listeners();
    for await (const row of rows.endless()) {
      expect(row).toBe(1);
      expect(listeners()).toBe(before + 1);
      break;
    }

    expect(timeline.entries).toEqual(['leader: reads 1', 'leader: closed']);
    expect(listeners()).toBe(before);
    await demoted();
    expect(timeline.entries.slice(2)).toEqual(['leader: demoted', 'leader: released']);
  });

  it('that is forgotten without an end does not stay in memory as long as the leadership lasts', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { rows, listeners } = await leader();
    const before = listeners();
    await (async () => {
      for (let one = 0; one < 50; one += 1) await rows.endless().next();
    })();
    expect(listeners()).toBe(before + 50);

    await eventually(() => {
      collect();
      return listeners() === before;
    });
  });

  it('that brings a promise of it is no different', async () => {
    const { rows, demoted } = await leader();
    const endless = await rows.later();
    await endless.next();

    await demoted();

    expect(timeline.entries.slice(1)).toEqual([
      'leader: demoted',
      'leader: closed',
      'leader: released',
    ]);
    await expect(endless.next()).rejects.toThrow(NotLeaderError);
  });

  it('may itself end the leadership', async () => {
    const { rows } = await leader();
    const resigns = rows.resigns();
    await resigns.next();

    await expect(resigns.next()).rejects.toThrow(NotLeaderError);

    await timeline.shows('leader: released');
    expect(timeline.entries).toEqual(['leader: demoted', 'leader: closed', 'leader: released']);
  });

  it('whose finally throws at a demotion is named in the log', async () => {
    const { rows, demoted } = await leader();
    const fails = rows.failsToClose();
    await fails.next();

    await demoted();

    await expect(fails.next()).rejects.toThrow(NotLeaderError);
    expect(log.errors.map(({ message }) => message)).toEqual([
      'Rows.failsToClose failed: Error: no way to close',
    ]);
  });

  it('that is complete stays so when the leadership ends', async () => {
    const { rows, demoted } = await leader();
    const terms = rows.terms();
    for await (const one of terms) expect(one).toBeDefined();

    await demoted();

    expect(await terms.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a generator of a leader-only method', () => {
  it('is what it would be elsewhere', async () => {
    const { rows } = await leader();

    expect([...rows.counted()]).toEqual([1, 2]);
    const counted = rows.counted();
    expect(counted.next()).toEqual({ done: false, value: 1 });
    expect(counted.next('four')).toEqual({ done: false, value: 4 });
    expect(counted.next()).toEqual({ done: true, value: 'all' });
    expect(counted.next()).toEqual({ done: true, value: undefined });
    const left = rows.counted();
    left.next();
    expect(left.return('early')).toEqual({ done: true, value: 'early' });
  });

  it('that stands at a yield is closed by a demotion, and refuses', async () => {
    const { rows, demoted, listeners } = await leader();
    const before = listeners();
    const counted = rows.counted();
    const untouched = rows.counted();
    counted.next();
    expect(listeners()).toBe(before + 1);

    await demoted();

    expect(timeline.entries).toEqual(['leader: closed', 'leader: demoted', 'leader: released']);
    expect(() => counted.next()).toThrow(NotLeaderError);
    expect(() => untouched.next()).toThrow(NotLeaderError);
    expect(listeners()).toBe(0);
  });

  it('may itself end the leadership: what it was asked for, it still gives', async () => {
    const { rows } = await leader();
    const resigns = rows.resignsAtOnce();
    resigns.next();

    expect(resigns.next()).toEqual({ done: false, value: 'after' });

    expect(() => resigns.next()).toThrow(NotLeaderError);
    await timeline.shows('leader: released');
    expect(timeline.entries).toEqual(['leader: demoted', 'leader: closed', 'leader: released']);
  });
});
