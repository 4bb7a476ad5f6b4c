import { describe, expect, it } from '@jest/globals';
import {
  Catch,
  Controller,
  Get,
  Injectable,
  Module,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type INestApplication,
  type MiddlewareConsumer,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';
import { boot, closedAfterwards } from '../support/app.js';
import { timeline } from '../support/timeline.js';

const electionAndScheduler = () => [
  LeaderElectionTestingModule.forRoot(),
  ScheduleModule.forRoot(),
];

/** Of a module with one route, and no providers. */
async function serve(enhance: ClassDecorator, middleware?: Type): Promise<INestApplication> {
  @Controller()
  @enhance
  class Root {
    @Get()
    get() {
      return 'served';
    }
  }
  @Module({ imports: electionAndScheduler(), controllers: [Root] })
  class App {
    configure(consumer: MiddlewareConsumer) {
      if (middleware) consumer.apply(middleware).forRoutes('*path');
    }
  }
  const app = await NestFactory.create(App, { logger: false, abortOnError: false });
  closedAfterwards(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

const plain: ClassDecorator = () => undefined;

describe('@LeaderOnly() on a class that Nest makes for', () => {
  @LeaderOnly()
  @Injectable()
  class Guard {
    canActivate() {
      return true;
    }
  }
  @LeaderOnly()
  @Injectable()
  class Pipe {
    transform(value: unknown) {
      return value;
    }
  }
  @LeaderOnly()
  @Injectable()
  class Interceptor {
    intercept(_: unknown, next: { handle(): never }) {
      return next.handle();
    }
  }
  @LeaderOnly()
  @Catch()
  class Filter {
    catch() {}
  }
  @LeaderOnly()
  @Injectable()
  class Middleware {
    use(_request: unknown, _response: unknown, next: () => void) {
      next();
    }
  }

  it.each<{ use: string; name: string; start: () => Promise<unknown> }>([
    { use: '@UseGuards()', name: 'Guard', start: () => serve(UseGuards(Guard)) },
    { use: '@UsePipes()', name: 'Pipe', start: () => serve(UsePipes(Pipe)) },
    {
      use: '@UseInterceptors()',
      name: 'Interceptor',
      start: () => serve(UseInterceptors(Interceptor)),
    },
    { use: '@UseFilters()', name: 'Filter', start: () => serve(UseFilters(Filter)) },
    { use: 'a middleware', name: 'Middleware', start: () => serve(plain, Middleware) },
  ])('$use, without hooks, fails the start', async ({ name, start }) => {
    await expect(start()).rejects.toMatchObject({
      name: 'LeaderOnlyUsageError',
      message: expect.stringContaining(
        `@LeaderOnly() on ${name} has no effect: the class has no onEl`,
      ),
    });
  });

  it('@UseGuards() has its hooks called, as Nest calls its own', async () => {
    @LeaderOnly()
    @Injectable()
    class Hooked extends Guard {
      onElected() {
        timeline.note('guard elected');
      }
    }
    const app = await serve(UseGuards(Hooked));

    await app.get(LeaderElectionTesting).elect();

    await timeline.shows('guard elected');
  });

  it('@UseGuards() refuses on a standby what only its method makes leader-only', async () => {
    @Injectable()
    class ByMethod {
      @LeaderOnly()
      canActivate() {
        return true;
      }
    }
    const app = await serve(UseGuards(ByMethod));
    const url = await app.getUrl();

    expect((await fetch(url)).status).toBe(503);

    await app.get(LeaderElectionTesting).elect();
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('what ModuleRef.create() makes', () => {
  @LeaderOnly()
  @Injectable()
  class Hooked {
    onElected() {
      timeline.note('elected');
    }
  }
  @Injectable()
  class Scheduled {
    @LeaderOnly()
    @Interval(5)
    tick() {}
  }
  @Injectable()
  class Reports {
    @LeaderOnly()
    send() {
      return 'sent';
    }
  }
  const refused = (name: string) => ({
    name: 'LeaderOnlyUsageError',
    message:
      `@LeaderOnly() on ${name} has no effect on an object created by ModuleRef.create(): it belongs to no module, so ` +
      'it is never started; add the class to the providers of a module and get it with ModuleRef.get()',
  });

  it.each([{ type: Hooked }, { type: Scheduled }])(
    'is refused where it would have to be started: $type.name',
    async ({ type }) => {
      @Injectable()
      class Initial implements OnModuleInit {
        constructor(private readonly module: ModuleRef) {}
        async onModuleInit() {
          await this.module.create(type as Type);
        }
      }
      @Injectable()
      class Later implements OnApplicationBootstrap {
        constructor(private readonly module: ModuleRef) {}
        async onApplicationBootstrap() {
          await this.module.create(type as Type);
        }
      }
      for (const creator of [Initial, Later]) {
        const start = boot({ imports: electionAndScheduler(), providers: [creator] });
        await expect(start).rejects.toMatchObject(refused(type.name));
      }
    },
  );

  it('takes part where a factory provides it', async () => {
    const app = await boot({
      imports: electionAndScheduler(),
      providers: [
        {
          provide: 'it',
          inject: [ModuleRef],
          useFactory: (module: ModuleRef) => module.create(Hooked),
        },
      ],
    });

    await app.get(LeaderElectionTesting).elect();

    await timeline.shows('elected');
  });

  it('may have methods that only the leader may call', async () => {
    const app = await boot({ imports: electionAndScheduler() });
    const reports = await app.get(ModuleRef).create(Reports);

    expect(() => reports.send()).toThrow('Reports.send() runs only on');

    await app.get(LeaderElectionTesting).elect();
    expect(reports.send()).toBe('sent');
  });
});
