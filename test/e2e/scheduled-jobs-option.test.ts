import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Scope, type ModuleMetadata } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import {
  EveryInstance,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderOnly,
  currentLeadership,
  type LeaderElectionModuleOptions,
} from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';
import { appsOn, boot } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { compile, testingApp } from '../support/testing-app.js';
import { Diary, eventually, latch, timeline } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());
const scheduledJobs = 'leader-only' as const;

/** Which bodies have run, of whatever application. */
const ran = new Set<string>();
beforeEach(() => {
  ran.clear();
});

/** Jobs as a package brings them: nobody can decorate them. */
@Injectable()
class Jobs {
  @Cron('* * * * * *', { name: 'cron' })
  cron() {
    ran.add('cron');
    return currentLeadership()?.term;
  }

  @Interval('interval', 5)
  interval() {
    ran.add('interval');
  }

  @Timeout(5)
  unnamed() {
    ran.add('unnamed');
  }
}

const activeIn = (registry: SchedulerRegistry) =>
  [
    ...[...registry.getCronJobs()].flatMap(([name, { isActive }]) => (isActive ? [name] : [])),
    ...registry.getIntervals(),
    ...registry.getTimeouts(),
  ].sort();

/** Applications without a database whose jobs are all leader-only. */
async function appWith(metadata: ModuleMetadata, options: LeaderElectionModuleOptions = {}) {
  const { imports = [], ...others } = metadata;
  const moduleRef = await compile({
    imports: [
      ScheduleModule.forRoot(),
      LeaderElectionModule.forRoot({ connection: 'unused', scheduledJobs, ...options }),
      LeaderElectionTestingModule.forApp(),
      ...imports,
    ],
    ...others,
  });
  await moduleRef.init();
  const registry = moduleRef.get(SchedulerRegistry);
  return {
    moduleRef,
    testing: moduleRef.get(LeaderElectionTesting),
    registry,
    active: () => activeIn(registry),
  };
}

describe(`scheduledJobs: 'leader-only'`, () => {
  it('makes every job of the application leader-only, also of modules that others bring', async () => {
    class Foreign {}
    @Controller()
    class JobsController {
      @Interval('of a controller', 5)
      interval() {
        ran.add('of a controller');
      }
    }
    const { testing, registry, active } = await appWith({
      imports: [{ module: Foreign, providers: [Jobs] }],
      controllers: [JobsController],
    });
    expect(active()).toEqual([]);
    await registry.getCronJob('cron').fireOnTick();
    expect([...ran]).toEqual([]);

    await testing.elect();
    expect(active()).toEqual(['Jobs.unnamed', 'cron', 'interval', 'of a controller']);
    await eventually(() => ran.size === 4);
    await testing.demote();

    expect(active()).toEqual([]);
    expect(log.warnings).toEqual([]);
    expect(log.errors).toEqual([]);
  });

  it.each([
    { of: 'a value', provider: { provide: 'jobs', useValue: new Jobs() } },
    { of: 'a slow factory', provider: { provide: 'jobs', useFactory: async () => new Jobs() } },
    { of: 'a class under another token', provider: { provide: 'jobs', useClass: Jobs } },
  ])('finds the jobs of $of', async ({ provider }) => {
    const { testing, active } = await appWith({ providers: [provider] });
    expect(active()).toEqual([]);

    await testing.elect();

    expect(active()).toEqual(['Jobs.unnamed', 'cron', 'interval']);
  });

  it('works with options that a slow factory gives', async () => {
    const moduleRef = await compile({
      imports: [
        LeaderElectionModule.forRootAsync({
          useFactory: async () => {
            await new Promise(setImmediate);
            return { connection: 'unused', scheduledJobs };
          },
        }),
        LeaderElectionTestingModule.forApp(),
        ScheduleModule.forRoot(),
      ],
      providers: [Jobs],
    });
    await moduleRef.init();
    const registry = moduleRef.get(SchedulerRegistry);
    expect(activeIn(registry)).toEqual([]);

    await moduleRef.get(LeaderElectionTesting).elect();

    expect(activeIn(registry)).toEqual(['Jobs.unnamed', 'cron', 'interval']);
  });

  it('leaves a call by the application a plain call, on every instance', async () => {
    const { moduleRef, testing } = await appWith({ providers: [Jobs] });
    const jobs = moduleRef.get(Jobs);

    expect(jobs.cron()).toBeUndefined();
    expect([...ran]).toEqual(['cron']);
    await testing.elect();

    expect(jobs.cron()).toBeUndefined();
  });

  it('runs a job within the leadership, whose end waits for it', async () => {
    const [begun, finish] = [latch(), latch()];
    @Injectable()
    class Slow {
      @Timeout(1)
      async work() {
        ran.add(`in term ${currentLeadership()?.term}`);
        begun.open();
        await finish.opened;
        ran.add('finished');
      }
    }
    const { moduleRef, testing } = await appWith({ providers: [Slow] });
    await testing.elect();
    await begun.opened;

    const demoted = testing.demote();
    expect(moduleRef.get(LeaderElectionService).isLeader).toBe(false);
    expect([...ran]).toEqual(['in term 1']);
    finish.open();
    await demoted;

    expect([...ran]).toEqual(['in term 1', 'finished']);
  });

  it('logs what a job throws, by the name of the method', async () => {
    @Injectable()
    class Failing {
      @Interval('each', 5)
      async work() {
        throw new Error('no paper');
      }
    }
    const { testing } = await appWith({ providers: [Failing] });
    await testing.elect();

    await eventually(() => log.errors.length > 1);

    expect(log.errors[0]?.message).toContain('each failed: Error: no paper');
  });

  it('leaves the jobs of another application in the process alone, whose classes it shares', async () => {
    const before = await testingApp([Jobs]);
    const { active } = await appWith({ providers: [Jobs] });
    const after = await testingApp([Jobs]);

    expect(active()).toEqual([]);
    for (const { moduleRef } of [before, after])
      expect(activeIn(moduleRef.get(SchedulerRegistry))).toHaveLength(3);
  });

  it('is what it is without the option: on every instance', async () => {
    const { active } = await appWith({ providers: [Jobs] }, { scheduledJobs: 'every-instance' });

    expect(active()).toHaveLength(3);
  });

  it('runs the jobs of one of two instances, and then of the other', async () => {
    @Injectable()
    class Noted {
      constructor(private readonly diary: Diary) {}

      @Interval(5)
      work() {
        this.diary.note('worked');
      }
    }
    const options = { scheduledJobs };
    const first = await startApp('first', { providers: [Noted], options });
    await timeline.shows('first: worked');
    const second = await startApp('second', { providers: [Noted], options });
    await second.waitsInLine();
    expect(timeline.entries).not.toContain('second: worked');

    await first.election.resign();

    await timeline.shows('second: worked');
    expect(activeIn(first.get(SchedulerRegistry))).toEqual([]);
  });

  it('does nothing to a class that the scheduler itself can not use, which the scheduler says', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class RequestScoped {
      @Interval(5)
      work() {
        ran.add('request-scoped');
      }
    }
    const { testing, active } = await appWith({ providers: [RequestScoped, Jobs] });
    await testing.elect();
    await eventually(() => ran.has('interval'));

    expect(active()).toEqual(['Jobs.unnamed', 'cron', 'interval']);
    expect(ran.has('request-scoped')).toBe(false);
    expect(log.warnings).toMatchObject([
      {
        message:
          'Cannot register interval "RequestScoped@work" because it is defined in a non static provider.',
      },
    ]);
  });

  it('needs no scheduler where the application has none', async () => {
    await boot({
      imports: [LeaderElectionModule.forRoot({ standalone: true, scheduledJobs })],
      providers: [Jobs],
    });
  });

  it('respects what the scheduler is told not to do', async () => {
    const app = await boot({
      imports: [
        LeaderElectionModule.forRoot({ standalone: true, scheduledJobs }),
        ScheduleModule.forRoot({ cronJobs: false, timeouts: false }),
      ],
      providers: [Jobs],
    });
    await eventually(() => ran.has('interval'));

    expect(activeIn(app.get(SchedulerRegistry))).toEqual(['interval']);
  });

  it.each(['leader', 'leaderOnly', true, ['leader-only']])('is refused as %j', async (wrong) => {
    const options = { standalone: true, scheduledJobs: wrong as 'leader-only' };
    const error = {
      name: 'InvalidOptionError',
      option: 'scheduledJobs',
      message: expect.stringMatching(
        /^Option `scheduledJobs` must be 'every-instance' or 'leader-only'; given: /,
      ),
    };

    await expect(boot({ imports: [LeaderElectionModule.forRoot(options)] })).rejects.toMatchObject(
      error,
    );
    const later = LeaderElectionModule.forRootAsync({ useFactory: () => options });
    await expect(boot({ imports: [later] })).rejects.toMatchObject(error);
  });
});

describe('what a decorator says about a job', () => {
  @Injectable()
  class Mixed {
    @Interval('by option', 5)
    byOption() {}

    @EveryInstance()
    @Interval('above', 5)
    above() {
      ran.add('above');
    }

    @Interval('below', 5)
    @EveryInstance()
    below() {
      ran.add('below');
    }

    @LeaderOnly('billing')
    @Interval('billing', 5)
    billing() {}

    @LeaderOnly({ catchUp: true })
    @Cron('0 0 3 * * *', { name: 'caught up on' })
    caughtUp() {}
  }

  @EveryInstance()
  @Injectable()
  class Everywhere {
    @Interval('everywhere', 5)
    everywhere() {
      ran.add('everywhere');
    }

    @LeaderOnly()
    @Interval('except this', 5)
    leader() {}
  }

  /** Inherits that it runs everywhere. */
  @Injectable()
  class Heir extends Everywhere {
    @Interval('of the heir', 5)
    ofHeir() {}
  }

  @LeaderOnly('billing')
  @Injectable()
  class Billing {
    @Interval('of the class', 5)
    ofClass() {}

    @EveryInstance()
    @Interval('except that', 5)
    everywhere() {}
  }

  it('comes before the option, and what its method says before what its class says', async () => {
    const elections = ['default', 'billing'];
    const { testing, active } = await appWith(
      { providers: [Mixed, Everywhere, Billing] },
      { elections },
    );
    const onEvery = ['above', 'below', 'everywhere', 'except that'];
    expect(active()).toEqual(onEvery);
    await eventually(() => ran.has('above') && ran.has('below') && ran.has('everywhere'));

    await testing.elect();
    const onLeader = ['by option', 'caught up on', 'except this'];
    expect(active()).toEqual([...onEvery, ...onLeader].sort());
    await testing.election('billing').elect();

    expect(active()).toEqual([...onEvery, ...onLeader, 'billing', 'of the class'].sort());
  });

  it('is the same without the option', async () => {
    const { testing, active } = await appWith(
      { providers: [Mixed, Everywhere] },
      { elections: ['default', 'billing'], scheduledJobs: undefined },
    );
    expect(active()).toEqual(['above', 'below', 'by option', 'everywhere']);

    await testing.elect();

    expect(active()).toEqual([
      'above',
      'below',
      'by option',
      'caught up on',
      'everywhere',
      'except this',
    ]);
  });

  it('is inherited', async () => {
    const { active } = await appWith({ providers: [Heir] });

    expect(active()).toEqual(['everywhere', 'of the heir']);
  });

  it('may be that a class is leader-only which extends one that runs everywhere', async () => {
    @LeaderOnly()
    @Injectable()
    class Back extends Everywhere {}
    const { testing, active } = await appWith({ providers: [Back] }, { scheduledJobs: undefined });
    expect(active()).toEqual([]);

    await testing.elect();

    expect(active()).toEqual(['everywhere', 'except this']);
  });

  const both = (name: string) =>
    `@LeaderOnly() and @EveryInstance() on ${name}, or on a class that it extends: remove one of them`;

  it.each([
    { first: 'EveryInstance', decorators: [LeaderOnly(), EveryInstance()] },
    { first: 'LeaderOnly', decorators: [EveryInstance(), LeaderOnly()] },
  ])('is refused where it is both, on a method, first $first', ({ decorators: [upper, lower] }) => {
    expect(() => {
      class Torn {
        @(upper as MethodDecorator)
        @(lower as MethodDecorator)
        work() {}
      }
      return Torn;
    }).toThrow(both('Torn.work'));
  });

  it.each([
    { first: 'EveryInstance', decorators: [LeaderOnly(), EveryInstance()] },
    { first: 'LeaderOnly', decorators: [EveryInstance(), LeaderOnly()] },
  ])('is refused where it is both, on a class, first $first', ({ decorators: [upper, lower] }) => {
    expect(() => {
      @(upper as ClassDecorator)
      @(lower as ClassDecorator)
      class Torn {}
      return Torn;
    }).toThrow(both('Torn'));
  });

  it('is refused where @EveryInstance() stands on a class that extends a leader-only one', () => {
    expect(() => {
      @EveryInstance()
      class Torn extends Billing {}
      return Torn;
    }).toThrow(both('Torn'));
  });

  it('is refused on what is no class and no method of a provider', () => {
    const refusal = (name: string) =>
      `@EveryInstance() on ${name}: only classes and instance methods have jobs; remove the decorator`;
    expect(() => {
      class Wrong {
        @EveryInstance()
        static work() {}
      }
      return Wrong;
    }).toThrow(refusal('Wrong.work'));
    expect(() => {
      class Wrong {
        @EveryInstance()
        get work() {
          return 1;
        }
      }
      return Wrong;
    }).toThrow(refusal('Wrong.work'));
  });
});

describe('a scheduler that can not be kept from starting leader-only jobs', () => {
  it.each([
    {
      of: 'the option',
      options: { scheduledJobs },
      providers: [Jobs],
      names: 'Jobs.cron, Jobs.interval, Jobs.unnamed',
    },
    {
      of: '@LeaderOnly()',
      options: {},
      providers: [leaderOnlyJob()],
      names: 'Single.work',
    },
  ])('keeps the application from starting, by $of', async ({ options, providers, names }) => {
    const scheduler = ScheduleModule.forRoot();
    const [, ...others] = scheduler.providers ?? [];
    await expect(
      boot({
        imports: [
          { ...scheduler, providers: others },
          LeaderElectionModule.forRoot({ standalone: true, ...options }),
        ],
        providers,
      }),
    ).rejects.toMatchObject({
      name: 'LeaderOnlyUsageError',
      message: expect.stringMatching(
        new RegExp(
          `^${names}: scheduled and leader-only, but the scheduler of this application would start`,
        ),
      ),
    });
  });

  function leaderOnlyJob() {
    @Injectable()
    class Single {
      @LeaderOnly()
      @Interval(5)
      work() {}
    }
    return Single;
  }
});

describe('an application that imports ScheduleModule.forRoot() twice', () => {
  @Injectable()
  class Once {
    ticks = 0;

    @LeaderOnly()
    @Interval('interval', 5)
    interval() {
      ran.add('interval');
    }

    @LeaderOnly()
    @Cron('0 0 3 * * *', { name: 'cron' })
    cron() {
      this.ticks += 1;
    }

    @LeaderOnly()
    @Timeout('timeout', 5)
    timeout() {
      ran.add('timeout');
    }
  }

  it.each<LeaderElectionModuleOptions>([{ scheduledJobs }, { scheduledJobs: undefined }])(
    'has each leader-only job once, and in both registries: %j',
    async (options) => {
      const { moduleRef, testing } = await appWith(
        { imports: [ScheduleModule.forRoot()], providers: [Once] },
        options,
      );
      const registries = [...moduleRef.get(ModulesContainer).values()].flatMap(
        ({ providers }) => (providers.get(SchedulerRegistry)?.instance ?? []) as SchedulerRegistry,
      );
      expect(registries).toHaveLength(2);
      const [registry, other] = registries as [SchedulerRegistry, SchedulerRegistry];
      for (const one of registries) {
        expect(activeIn(one)).toEqual([]);
        expect([...one.getCronJobs().keys()]).toEqual(['cron']);
      }

      await testing.elect();
      for (const one of registries) expect(activeIn(one)).toEqual(['cron', 'interval', 'timeout']);
      expect(registry.getCronJob('cron')).toBe(other.getCronJob('cron'));
      expect(registry.getInterval('interval')).toBe(other.getInterval('interval'));
      await other.getCronJob('cron').fireOnTick();
      expect(moduleRef.get(Once).ticks).toBe(1);
      await eventually(() => ran.has('interval') && ran.has('timeout'));

      await testing.demote();
      expect(registries.map(activeIn)).toEqual([[], []]);
      expect(log.errors).toEqual([]);
    },
  );
});
