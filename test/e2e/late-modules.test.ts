import { describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Module,
  type DynamicModule,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { LeaderElectionModule, LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';
import { boot } from '../support/app.js';
import { timeline } from '../support/timeline.js';

const start = (providers: Type[] = []) =>
  boot({
    imports: [LeaderElectionTestingModule.forRoot(), ScheduleModule.forRoot()],
    providers,
  });

const moduleOf = (...providers: NonNullable<DynamicModule['providers']>): DynamicModule => {
  class Feature {}
  return { module: Feature, providers };
};

@LeaderOnly()
@Injectable()
class Hooked implements OnElected {
  onElected() {
    timeline.note('elected');
  }
}

@Injectable()
class Scheduled {
  @LeaderOnly()
  @Interval(5)
  tick() {
    timeline.note('tick');
  }
}

@LeaderOnly()
class Nothing {}

@Injectable()
class Reports {
  @LeaderOnly()
  send() {
    return 'sent';
  }
}

describe('a module that is loaded after the start', () => {
  const late =
    'is leader-only and was loaded after the application started (LazyModuleLoader), so it would never be started; ' +
    'import its module in the root module, or in another one that is not loaded lazily';

  it.each<{ of: string; feature: DynamicModule; says: string }>([
    { of: 'a class with hooks', feature: moduleOf(Hooked), says: `Hooked ${late}` },
    {
      of: 'a class with hooks, made by a factory',
      feature: moduleOf({ provide: 'it', useFactory: () => new Hooked() }),
      says: `Hooked ${late}`,
    },
    { of: 'a job', feature: moduleOf(Scheduled), says: `Scheduled.tick ${late}` },
    {
      of: 'a class in which nothing is leader-only',
      feature: moduleOf({ provide: 'it', useValue: new Nothing() }),
      says: '@LeaderOnly() on Nothing has no effect',
    },
  ])('is refused with $of, whenever it is loaded', async ({ feature, says }) => {
    const app = await start();
    const loader = app.get(LazyModuleLoader);

    for (let times = 1; times <= 2; times += 1) {
      await expect(loader.load(() => feature)).rejects.toMatchObject({
        name: 'LeaderOnlyUsageError',
        message: expect.stringContaining(says),
      });
    }
  });

  it('works with methods that the leader alone may call', async () => {
    const app = await start();
    const feature = moduleOf(Reports, { provide: 'made', useFactory: () => new Reports() });
    const loaded = await app.get(LazyModuleLoader).load(() => feature);
    const all = [loaded.get(Reports), loaded.get<Reports>('made')];

    for (const reports of all) expect(() => reports.send()).toThrow('Reports.send() runs only on');

    await app.get(LeaderElectionTesting).elect();
    for (const reports of all) expect(reports.send()).toBe('sent');
  });

  it('does not hinder other modules, which can be loaded twice', async () => {
    @Module({})
    class Plain {}
    const app = await start([Hooked]);
    const loader = app.get(LazyModuleLoader);

    const loaded = await loader.load(() => Plain);

    expect(await loader.load(() => Plain)).toBe(loaded);
  });

  it('is refused where it is LeaderElectionModule itself', async () => {
    const app = await boot({});
    const election = LeaderElectionModule.forRoot({ standalone: true });
    const local = LeaderElectionModule.forRoot({ standalone: true, isGlobal: false });

    for (const module of [election, local]) {
      await expect(app.get(LazyModuleLoader).load(() => module)).rejects.toMatchObject({
        name: 'LeaderOnlyUsageError',
        message:
          'LeaderElectionModule was loaded with LazyModuleLoader, so its elections would never start; import it in the ' +
          'root module',
      });
    }
  });
});

it('A module that is loaded while the application starts takes part like any other', async () => {
  @Injectable()
  class Loader implements OnModuleInit {
    constructor(private readonly loader: LazyModuleLoader) {}

    async onModuleInit() {
      await this.loader.load(() => moduleOf(Hooked, Scheduled));
    }
  }
  const app = await start([Loader]);

  await app.get(LeaderElectionTesting).elect();

  await timeline.shows('elected');
  await timeline.shows('tick');
});
