import { describe, expect, it } from '@jest/globals';
import { Controller, Injectable } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import { Diary, eventually, timeline } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

/** Not decorated itself, so whoever uses it as it is has its job on every instance. */
class Base {
  constructor(readonly diary: Diary) {}

  @Interval(5)
  inherited() {
    this.diary.note(`${this.constructor.name}.inherited`);
  }
}

@LeaderOnly()
@Injectable()
class Reports extends Base implements OnElected {
  constructor(diary: Diary) {
    super(diary);
  }

  @Interval(5)
  own() {
    this.diary.note('Reports.own');
  }

  onElected() {
    this.diary.note('elected');
  }

  helper() {
    return 'not scheduled, so not leader-only';
  }
}

/** Leader-only because the class that it extends is. */
@Injectable()
class MonthlyReports extends Reports {
  constructor(diary: Diary) {
    super(diary);
  }

  @Interval(5)
  monthly() {
    this.diary.note('MonthlyReports.monthly');
  }
}

/** An instance that stands behind another, and so may not run anything. */
async function standby(setup: Parameters<typeof startApp>[1]) {
  const leader = await startApp('leader');
  await leader.leads();
  const app = await startApp('app', setup);
  await app.waitsInLine();
  return { ...app, isElected: () => leader.election.resign() };
}

describe('@LeaderOnly() on a class', () => {
  it('makes all its scheduled methods leader-only, inherited ones as well', async () => {
    const { isElected, get } = await standby({ providers: [Reports] });
    expect(get(SchedulerRegistry).getIntervals()).toEqual([]);
    expect(get(Reports).own()).toBeUndefined();
    get(Reports).inherited();
    expect(timeline.entries).toEqual([]);

    await isElected();

    await timeline.shows('app: Reports.own');
    await timeline.shows('app: Reports.inherited');
    expect(timeline.entries[0]).toBe('app: elected');
  });

  it('is inherited, with the scheduled methods that the heir adds', async () => {
    const { isElected, get } = await standby({ providers: [MonthlyReports] });
    expect(get(SchedulerRegistry).getIntervals()).toEqual([]);

    await isElected();

    await timeline.shows('app: MonthlyReports.monthly');
    await timeline.shows('app: MonthlyReports.inherited');
    await timeline.shows('app: Reports.own');
  });

  it('leaves the class that it extends alone, where that is used on its own', async () => {
    @Injectable()
    class Plain extends Base {
      constructor(diary: Diary) {
        super(diary);
      }
    }
    await standby({ providers: [Plain] });

    await timeline.shows('app: Plain.inherited');
  });

  it('leaves methods that are not scheduled alone', async () => {
    const { get } = await standby({ providers: [Reports] });

    expect(get(Reports).helper()).toBe('not scheduled, so not leader-only');
  });
});

describe('leader-only jobs are found', () => {
  it.each([
    {
      of: 'a factory',
      provider: {
        provide: 'reports',
        inject: [Diary],
        useFactory: (diary: Diary) => new Reports(diary),
      },
    },
    {
      of: 'an async factory',
      provider: {
        provide: 'reports',
        inject: [Diary],
        useFactory: async (diary: Diary) => new Reports(diary),
      },
    },
    { of: 'a value', provider: { provide: 'reports', useValue: new Reports(new Diary('app')) } },
    { of: 'useClass', provider: { provide: 'reports', useClass: Reports } },
  ])('in a provider of $of', async ({ provider }) => {
    const { isElected, get } = await standby({ providers: [provider] });
    expect(get(SchedulerRegistry).getIntervals()).toEqual([]);
    get<Reports>('reports').own();
    expect(timeline.entries).toEqual([]);

    await isElected();

    await timeline.shows('app: Reports.own');
    expect(get(SchedulerRegistry).getIntervals()).toEqual(['Reports.own', 'Reports.inherited']);
  });

  it('in a controller', async () => {
    @Controller()
    class ReportsController {
      constructor(private readonly diary: Diary) {}

      @LeaderOnly()
      @Interval(5)
      refresh() {
        this.diary.note('refreshed');
      }
    }
    const { isElected, get } = await standby({ controllers: [ReportsController] });
    expect(get(SchedulerRegistry).getIntervals()).toEqual([]);

    await isElected();

    await timeline.shows('app: refreshed');
  });

  it('once where an alias leads to the same instance', async () => {
    const alias = { provide: 'alias', useExisting: Reports };
    const { isElected, get } = await standby({ providers: [Reports, alias] });

    await isElected();

    await timeline.shows('app: Reports.own');
    expect(get(SchedulerRegistry).getIntervals()).toEqual(['Reports.own', 'Reports.inherited']);
    expect(timeline.entries.filter((entry) => entry === 'app: elected')).toHaveLength(1);
  });

  it('twice where a class is provided twice', async () => {
    class Feature {}
    const { isElected, get } = await standby({
      imports: [{ module: Feature, providers: [Reports] }],
      providers: [Reports],
    });

    await isElected();
    await eventually(() => get(SchedulerRegistry).getIntervals().length === 4);

    expect(get(SchedulerRegistry).getIntervals()).toEqual([
      'Reports.own',
      'Reports.inherited',
      'Reports.own#2',
      'Reports.inherited#2',
    ]);
  });

  it('in each of two applications that share a class, each with its own election', async () => {
    const first = await startApp('first', { providers: [Reports], options: { elections: ['a'] } });
    const second = await startApp('second', {
      providers: [Reports],
      options: { elections: ['b'] },
    });

    await timeline.shows('first: Reports.own');
    await timeline.shows('second: Reports.own');
    await first.close();
    timeline.clear();
    await timeline.shows('second: Reports.own');

    expect(second.election.isLeader).toBe(true);
    expect(timeline.entries.filter((entry) => entry.startsWith('first'))).toEqual([]);
  });
});
