import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import { Diary, timeline } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

abstract class Report {
  constructor(private readonly diary: Diary) {}

  @LeaderOnly()
  @Interval(5)
  send() {
    this.diary.note(`${this.constructor.name} sent`);
  }

  protected note(what: string) {
    this.diary.note(what);
  }
}

@Injectable()
class Weekly extends Report {
  constructor(diary: Diary) {
    super(diary);
  }
}

@Injectable()
class Monthly extends Report {
  constructor(diary: Diary) {
    super(diary);
  }
}

@Injectable()
class Yearly extends Report {
  constructor(diary: Diary) {
    super(diary);
  }

  @LeaderOnly()
  @Interval('yearly', 5)
  override send() {
    super.send();
    this.note('with the balance sheet');
  }
}

/** As with `@Interval()`: what is overridden without decorators has none. */
@Injectable()
class Silent extends Report {
  constructor(diary: Diary) {
    super(diary);
  }

  override send() {
    this.note('sent by hand');
  }
}

async function standby(setup: Parameters<typeof startApp>[1]) {
  const leader = await startApp('leader');
  await leader.leads();
  const app = await startApp('app', setup);
  await app.waitsInLine();
  return {
    ...app,
    intervals: () => app.get(SchedulerRegistry).getIntervals(),
    isElected: () => leader.election.resign(),
  };
}

describe('a leader-only job of a base class', () => {
  it('is a job of each class that extends it', async () => {
    const { intervals, isElected } = await standby({ providers: [Weekly, Monthly] });
    expect(intervals()).toEqual([]);

    await isElected();

    await timeline.shows('app: Weekly sent');
    await timeline.shows('app: Monthly sent');
    expect(intervals()).toEqual(['Weekly.send', 'Monthly.send']);
  });

  it('gives way to the one that overrides it, which may call it', async () => {
    const { intervals, isElected, get } = await standby({ providers: [Yearly] });
    expect(intervals()).toEqual([]);
    expect(get(Yearly).send()).toBeUndefined();
    expect(timeline.entries).toEqual([]);

    await isElected();

    await timeline.shows('app: Yearly sent');
    await timeline.shows('app: with the balance sheet');
    expect(intervals()).toEqual(['yearly']);
  });

  it('is none where it is overridden without decorators', async () => {
    const { intervals, isElected, get } = await standby({ providers: [Silent, Weekly] });
    get(Silent).send();
    expect(timeline.entries).toEqual(['app: sent by hand']);

    await isElected();

    await timeline.shows('app: Weekly sent');
    expect(intervals()).toEqual(['Weekly.send']);
  });
});

describe('a class that extends a leader-only class', () => {
  @LeaderOnly()
  @Injectable()
  class Base {
    constructor(readonly diary: Diary) {}
  }

  class Heir extends Base {
    @Interval(5)
    work() {
      this.diary.note('worked');
    }
  }

  it('has its own jobs on the leader only, also as a value', async () => {
    const heir = new Heir(new Diary('app'));
    const { intervals, isElected } = await standby({
      providers: [{ provide: 'heir', useValue: heir }],
    });
    expect(intervals()).toEqual([]);

    await isElected();

    await timeline.shows('app: worked');
  });

  it('has them on the leader only where a slow factory makes it', async () => {
    class FromFactory extends Base {
      @Interval(5)
      work() {
        this.diary.note('worked');
      }
    }
    const provider = {
      provide: 'heir',
      useFactory: async () => {
        await database.query('SELECT 1');
        return new FromFactory(new Diary('app'));
      },
    };
    const { intervals, isElected, get } = await standby({ providers: [provider] });
    expect(intervals()).toEqual([]);
    expect(get<FromFactory>('heir').work()).toBeUndefined();
    expect(timeline.entries).toEqual([]);

    await isElected();

    await timeline.shows('app: worked');
    expect(intervals()).toEqual(['FromFactory.work']);
  });
});

describe('a decorator that puts a function of its own in the place of the method', () => {
  /** As those of nestjs-cls and of tracing libraries: with the metadata of the method. */
  const Traced = (): MethodDecorator => (_target, _key, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as (this: unknown, ...args: unknown[]) => unknown;
    const traced = function (this: unknown, ...args: unknown[]) {
      timeline.note('traced');
      return Reflect.apply(method, this, args);
    };
    for (const key of Reflect.getOwnMetadataKeys(method) as unknown[]) {
      Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), traced);
    }
    descriptor.value = traced;
  };

  @Injectable()
  class Jobs {
    constructor(private readonly diary: Diary) {}

    @Interval('schedule above', 5)
    @Traced()
    @LeaderOnly()
    scheduleAbove() {
      this.diary.note('schedule above');
    }

    @LeaderOnly()
    @Traced()
    @Interval('schedule below', 5)
    scheduleBelow() {
      this.diary.note('schedule below');
    }

    @Traced()
    @LeaderOnly()
    @Interval('all below', 5)
    allBelow() {
      this.diary.note('all below');
    }
  }

  it('leaves a job leader-only, in any order', async () => {
    const { intervals, isElected } = await standby({ providers: [Jobs] });
    expect(intervals()).toEqual([]);

    await isElected();

    for (const name of ['schedule above', 'schedule below', 'all below']) {
      await timeline.shows(`app: ${name}`);
    }
    expect(intervals()).toEqual(['schedule above', 'schedule below', 'all below']);
    expect(timeline.entries).toContain('traced');
  });
});
