import { describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Module,
  Scope,
  UseGuards,
  type ModuleMetadata,
} from '@nestjs/common';
import {
  Cron,
  CronExpression,
  Interval,
  ScheduleModule,
  Timeout,
  type CronOptions,
} from '@nestjs/schedule';
import {
  IsLeader,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderGuard,
  LeaderOnly,
  type OnElected,
} from 'nestjs-leader-election';
import { LeaderElectionHealthIndicator } from 'nestjs-leader-election/terminus';
import { boot } from '../support/app.js';

const election = LeaderElectionModule.forRoot({
  standalone: true,
  elections: ['default', 'reports'],
});

const bootWith = (metadata: ModuleMetadata) =>
  boot({ ...metadata, imports: [election, ScheduleModule.forRoot(), ...(metadata.imports ?? [])] });

@Injectable()
class Inner {
  @LeaderOnly()
  @Interval(1_000)
  tick() {}
}

describe('an undeclared election', () => {
  @LeaderOnly('billing')
  @Injectable()
  class ByClass {}

  @LeaderOnly('billing')
  @Injectable()
  class ByHook implements OnElected {
    onElected() {}
  }

  @Injectable()
  class ByMethod {
    @LeaderOnly('billing')
    send() {}
  }

  @Injectable()
  class ByJob {
    @Cron(CronExpression.EVERY_HOUR)
    @LeaderOnly('billing')
    send() {}
  }

  it.each([
    { type: ByClass, where: 'ByClass' },
    { type: ByHook, where: 'ByHook' },
    { type: ByMethod, where: 'ByMethod.send' },
    { type: ByJob, where: 'ByJob.send' },
  ])(
    'in @LeaderOnly() on $where fails the boot, with the declared ones',
    async ({ type, where }) => {
      await expect(bootWith({ providers: [type] })).rejects.toMatchObject({
        name: 'UnknownElectionError',
        message:
          `@LeaderOnly('billing') on ${where}: election "billing" is not declared. Declared elections: "default", ` +
          '"reports"; add it to the option `elections` of LeaderElectionModule',
      });
    },
  );
});

describe('@LeaderOnly()', () => {
  it('on a static method is refused when the class is loaded', () => {
    expect(() => {
      class Reports {
        @LeaderOnly()
        static send() {}
      }
      return Reports;
    }).toThrow(
      "@LeaderOnly() on Reports.send: static methods can't be leader-only; make it an instance method of a provider",
    );
  });

  it('on an accessor is refused when the class is loaded', () => {
    expect(() => {
      class Reports {
        @LeaderOnly()
        get latest() {
          return 1;
        }
      }
      return Reports;
    }).toThrow('@LeaderOnly() on Reports.latest: only classes and methods can be leader-only');
  });

  @Injectable({ scope: Scope.REQUEST })
  class RequestScoped {
    @LeaderOnly()
    send() {}
  }

  @LeaderOnly()
  @Injectable({ scope: Scope.TRANSIENT })
  class Transient {}

  @Controller({ scope: Scope.REQUEST })
  class RequestScopedController {
    @LeaderOnly()
    @Timeout(1)
    send() {}
  }

  it.each([
    { metadata: { providers: [RequestScoped] }, name: 'RequestScoped' },
    { metadata: { providers: [Transient] }, name: 'Transient' },
    { metadata: { controllers: [RequestScopedController] }, name: 'RequestScopedController' },
  ])('on $name fails the boot: there is no one instance', async ({ metadata, name }) => {
    await expect(bootWith(metadata)).rejects.toMatchObject({
      name: 'LeaderOnlyUsageError',
      message: expect.stringMatching(
        new RegExp(
          `^@LeaderOnly\\(\\) on ${name}: the class is request-scoped or transient.*make it and its dependencies singletons`,
        ),
      ),
    });
  });

  it('on what needs something request-scoped fails the boot as well', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Request {}
    @Injectable()
    class Dependent {
      constructor(readonly request: Request) {}

      @LeaderOnly()
      send() {}
    }

    await expect(bootWith({ providers: [Request, Dependent] })).rejects.toThrow(
      /^@LeaderOnly\(\) on Dependent: the class is request-scoped or transient/,
    );
  });
});

describe('a leader-only cron job', () => {
  const remedy = 'correct the arguments of @Cron(), or remove it';
  const never = `can't be scheduled: no date in the next eight years matches; ${remedy}`;
  const job = (when: string | Date, catchUp: boolean, options?: CronOptions) => {
    @Injectable()
    class Reports {
      @LeaderOnly({ catchUp })
      @Cron(when, options)
      send() {}
    }
    return { providers: [Reports] };
  };

  describe.each([{ catchUp: true }, { catchUp: false }])('with %j', ({ catchUp }) => {
    it.each<{ when: string | Date; options?: CronOptions; says: string }>([
      { when: '0 0 31 2 *', says: `@Cron("0 0 31 2 *") ${never}` },
      { when: '0 0 30 2 *', options: { initialDelay: 1 }, says: `@Cron("0 0 30 2 *") ${never}` },
      {
        when: '61 * * * *',
        says: `@Cron("61 * * * *") can't be scheduled: Field value (61) is out of range; ${remedy}`,
      },
      {
        when: '* * * * *',
        options: { timeZone: 'Mars/Base' },
        says: `@Cron("* * * * *") can't be scheduled: Invalid timezone; ${remedy}`,
      },
      {
        when: '* * * * *',
        options: { utcOffset: 100_000 },
        says: `@Cron("* * * * *") can't be scheduled: You specified an invalid UTC offset; ${remedy}`,
      },
      {
        when: new Date(NaN),
        says: `@Cron(null) can't be scheduled: the date is invalid; ${remedy}`,
      },
    ])('that never runs fails the boot, with its name: $when $options', async (wrong) => {
      await expect(bootWith(job(wrong.when, catchUp, wrong.options))).rejects.toMatchObject({
        name: 'LeaderOnlyUsageError',
        message: `Reports.send: ${wrong.says}`,
      });
    });

    it('that never comes is left alone where the application has disabled it', async () => {
      const app = await bootWith(job('0 0 31 2 *', catchUp, { disabled: true }));
      await app.get(LeaderElectionService).whenLeader();
      await app.get(LeaderElectionService).resign();
    });

    it('that comes once in eight years is as good as any', async () => {
      const app = await bootWith(job('0 0 29 2 *', catchUp));
      await app.get(LeaderElectionService).whenLeader();
    });
  });
});

describe('a module that is missing', () => {
  it('is named when it is ScheduleModule, with the jobs that need it', async () => {
    await expect(boot({ imports: [election], providers: [Inner] })).rejects.toMatchObject({
      name: 'LeaderOnlyUsageError',
      message:
        'Inner.tick: scheduled and leader-only, but there is no scheduler; add ScheduleModule.forRoot() of ' +
        '@nestjs/schedule to the imports of a module',
    });
  });

  it('is not missed where nothing is scheduled', async () => {
    @LeaderOnly()
    @Injectable()
    class Hooked implements OnElected {
      onElected() {}
    }

    await boot({ imports: [election], providers: [Hooked] });
  });

  @LeaderOnly()
  @Controller('whole')
  class WholeController {
    @Get()
    show() {}
  }

  @Controller({ path: 'scoped', scope: Scope.REQUEST })
  class ScopedController {
    @LeaderOnly()
    @Get()
    show() {}
  }

  @Controller('asking')
  class AskingController {
    @Get()
    show(@IsLeader() isLeader: boolean) {
      return isLeader;
    }
  }

  @Controller('guarded')
  class GuardedController {
    @Get()
    @UseGuards(LeaderGuard)
    show() {}
  }

  const needing = [
    { what: '@LeaderOnly() in Inner', needs: { providers: [Inner] } },
    { what: '@LeaderOnly() in WholeController', needs: { controllers: [WholeController] } },
    { what: '@LeaderOnly() in ScopedController', needs: { controllers: [ScopedController] } },
    { what: '@IsLeader() in AskingController', needs: { controllers: [AskingController] } },
    { what: 'LeaderGuard in GuardedController', needs: { controllers: [GuardedController] } },
    {
      what: 'LeaderElectionHealthIndicator',
      needs: { providers: [LeaderElectionHealthIndicator] },
    },
  ];

  it.each(needing)(
    'is named when it is LeaderElectionModule, with what needs it: $what',
    async ({ what, needs }) => {
      const booted = boot({ imports: [ScheduleModule.forRoot()], ...needs });

      await expect(booted).rejects.toMatchObject({
        name: 'LeaderOnlyUsageError',
        message:
          `${what} needs LeaderElectionModule, which no module imports; add ` +
          'LeaderElectionModule.forRoot({ connection }) to the imports of the root module, or ' +
          'LeaderElectionTestingModule.forRoot() in a test',
      });
    },
  );

  it.each(needing)(
    'is not missed by a module that does not import it, where it is not global: $what',
    async ({ needs }) => {
      const local = LeaderElectionModule.forRoot({ standalone: true, isGlobal: false });
      @Module(needs)
      class Feature {}

      const app = await boot({ imports: [local, ScheduleModule.forRoot(), Feature] });

      await app.get(LeaderElectionService).whenLeader();
    },
  );
});

describe('LeaderElectionModule', () => {
  it('is refused when it is imported twice: what is leader-only could obey but one of them', async () => {
    const again = LeaderElectionModule.forRoot({ standalone: true, elections: ['default'] });

    await expect(boot({ imports: [election, again] })).rejects.toMatchObject({
      name: 'LeaderOnlyUsageError',
      message: expect.stringMatching(
        /^LeaderElectionModule is imported more than once; call forRoot\(\)/,
      ),
    });
  });

  it('may be imported by many modules when it is one', async () => {
    const local = LeaderElectionModule.forRoot({ standalone: true, isGlobal: false });
    class Feature {}

    const app = await boot({ imports: [local, { module: Feature, imports: [local] }] });

    await app.get(LeaderElectionService).whenLeader();
  });
});
