import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import {
  LeaderOnly,
  type Leadership,
  type LossReason,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { lockHolders } from '../support/sessions.js';
import { Diary, eventually, latch, timeline } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

/** Both hooks take a turn of the event loop, so that whoever does not await them shows. */
abstract class Duty implements OnElected, OnDemoted {
  constructor(private readonly diary: Diary) {}

  async onElected() {
    this.diary.note(`${this.constructor.name} begins`);
    await new Promise(setImmediate);
    this.diary.note(`${this.constructor.name} has begun`);
  }

  async onDemoted(_leadership: Leadership, reason: LossReason) {
    this.diary.note(`${this.constructor.name} ends (${reason})`);
    await new Promise(setImmediate);
    this.diary.note(`${this.constructor.name} has ended`);
  }
}

function duty(name: string) {
  @LeaderOnly()
  @Injectable()
  class Named extends Duty {
    constructor(diary: Diary) {
      super(diary);
    }
  }
  Object.defineProperty(Named, 'name', { value: name });
  return Named;
}

describe('hooks', () => {
  it('are called one after the other, those of imported modules first, and in reverse on demotion', async () => {
    @Module({ providers: [duty('Database')] })
    class DatabaseModule {}
    @Module({ imports: [DatabaseModule], providers: [duty('Orders')] })
    class OrdersModule {}
    const { leads, close } = await startApp('app', {
      imports: [OrdersModule],
      providers: [duty('Front'), duty('Desk')],
    });
    await leads();
    await timeline.shows('app: Desk has begun');

    await close();

    const names = ['Database', 'Orders', 'Front', 'Desk'];
    expect(timeline.entries).toEqual([
      ...names.flatMap((name) => [`app: ${name} begins`, `app: ${name} has begun`]),
      ...names
        .reverse()
        .flatMap((name) => [`app: ${name} ends (shutdown)`, `app: ${name} has ended`]),
    ]);
  });

  it('get the leadership of their term, the demotion with the reason', async () => {
    const calls: unknown[] = [];
    @LeaderOnly()
    @Injectable()
    class Curious implements OnElected, OnDemoted {
      onElected(leadership: Leadership) {
        calls.push(['elected', leadership, leadership.signal.aborted]);
      }

      onDemoted(leadership: Leadership, reason: LossReason) {
        calls.push(['demoted', leadership, leadership.signal.aborted, reason]);
      }
    }
    const { election, leads } = await startApp('app', { providers: [Curious] });
    const first = await leads();
    await election.resign();
    const second = await leads();

    expect(calls).toEqual([
      ['elected', first, false],
      ['demoted', first, true, 'resigned'],
      ['elected', second, false],
    ]);
  });

  it('that set something up are awaited before the first job runs', async () => {
    const prepared = latch();
    @LeaderOnly()
    @Injectable()
    class Slow implements OnElected {
      constructor(private readonly diary: Diary) {}

      async onElected() {
        this.diary.note('preparing');
        await prepared.opened;
        this.diary.note('prepared');
      }
    }
    @LeaderOnly()
    @Injectable()
    class Fast {
      constructor(private readonly diary: Diary) {}

      @Interval(1)
      work() {
        this.diary.note('working');
      }
    }
    await startApp('app', { providers: [Fast, Slow] });
    await timeline.shows('app: preparing');
    expect(await lockHolders(database)).toEqual(['app']);
    prepared.open();
    await timeline.shows('app: working');

    expect(timeline.entries.slice(0, 3)).toEqual([
      'app: preparing',
      'app: prepared',
      'app: working',
    ]);
  });

  it('can change nothing of the leadership that they are given', async () => {
    @LeaderOnly()
    @Injectable()
    class Meddler implements OnElected {
      refused = 0;

      onElected(leadership: Leadership) {
        leadership.since.setFullYear(1970);
        for (const key of ['term', 'since', 'signal', 'election', 'toJSON', 'lost']) {
          try {
            Object.assign(leadership, { [key]: undefined });
          } catch (error) {
            if (error instanceof TypeError) this.refused += 1;
          }
        }
      }
    }
    const { election, leads, get } = await startApp('app', { providers: [Meddler] });
    const leadership = await leads();
    await eventually(() => get(Meddler).refused === 6);

    expect(leadership.term).toBeGreaterThan(0n);
    expect(Date.now() - leadership.since.getTime()).toBeLessThan(60_000);
    expect(election.leader?.since).toEqual(leadership.since);
    await election.resign();
    expect(leadership.signal.aborted).toBe(true);
  });

  it('of a provider that is only elected, or only demoted, are fine', async () => {
    @LeaderOnly()
    @Injectable()
    class OnlyDemoted implements OnDemoted {
      constructor(private readonly diary: Diary) {}

      onDemoted() {
        this.diary.note('demoted');
      }
    }
    const { election, leads } = await startApp('app', { providers: [OnlyDemoted] });
    await leads();

    await election.resign();

    expect(timeline.entries).toEqual(['app: demoted']);
  });

  it('without @LeaderOnly() are never called, and the log says so', async () => {
    @Injectable()
    class Forgotten implements OnElected {
      onElected() {
        timeline.note('elected');
      }
    }
    const { leads, close } = await startApp('app', { providers: [Forgotten] });
    await leads();
    await close();

    expect(timeline.entries).toEqual([]);
    expect(log.warnings).toMatchObject([
      { message: expect.stringMatching(/^Forgotten has onElected\(\) .* @LeaderOnly\(\)/) },
    ]);
  });
});

describe('an onDemoted that throws', () => {
  it('is logged with its stack, the others are called all the same, and the lock is released', async () => {
    @LeaderOnly()
    @Injectable()
    class Clumsy implements OnDemoted {
      onDemoted() {
        throw new Error('tripped');
      }
    }
    const setup = { providers: [duty('Careful'), Clumsy, duty('Tidy')] };
    const first = await startApp('first', setup);
    await timeline.shows('first: Tidy has begun');
    const second = await startApp('second');
    await second.waitsInLine();

    await first.election.resign();

    expect(timeline.entries.slice(4)).toEqual([
      'first: Tidy ends (resigned)',
      'first: Tidy has ended',
      'first: Careful ends (resigned)',
      'first: Careful has ended',
    ]);
    expect(log.errors).toMatchObject([
      {
        message: 'Clumsy.onDemoted failed: Error: tripped',
        rest: [expect.stringContaining('Clumsy.onDemoted ('), 'LeaderElection'],
      },
    ]);
    await second.leads();
  });
});
