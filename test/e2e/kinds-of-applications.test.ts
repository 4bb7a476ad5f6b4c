import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Injectable, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import {
  LeaderElectionModule,
  LeaderElectionService,
  LeaderOnly,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { lockHolders, sessions } from '../support/sessions.js';
import { eventually, timeline } from '../support/timeline.js';

const database = await testDatabase();

@LeaderOnly()
@Injectable()
class Duty implements OnElected, OnDemoted {
  onElected() {
    timeline.note('elected');
  }

  @Interval('work', 5)
  work() {
    timeline.note('worked');
  }

  onDemoted() {
    timeline.note('demoted');
  }
}

@Controller()
class Greeting {
  @Get()
  byHttp() {
    return 'hello';
  }

  @MessagePattern('greet')
  byMessage() {
    return 'hello';
  }
}

const module = () => ({
  module: class App {},
  imports: [
    ScheduleModule.forRoot(),
    LeaderElectionModule.forRoot({ connection: database.url, instanceId: 'app', heirInterval: 20 }),
  ],
  controllers: [Greeting],
  providers: [Duty],
});
const options = { logger: log, abortOnError: false };
const onAnyPort = {
  transport: Transport.TCP as const,
  options: { host: '127.0.0.1', port: 0 },
};

/** Sockets need the others. */
const ALL_BUT_TIMEOUTS = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
] as const;

const hooks = () => timeline.entries.filter((entry) => entry !== 'worked');

let running: INestApplicationContext | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
  timeline.clear();
  log.clear();
});

describe('an election', () => {
  it.each<{ of: string; start: () => Promise<INestApplicationContext> }>([
    {
      of: 'an HTTP application that listens',
      start: async () => {
        const app = await NestFactory.create(module(), options);
        await app.listen(0, '127.0.0.1');
        return app;
      },
    },
    {
      of: 'an HTTP application that is initialised and never listens',
      start: async () => (await NestFactory.create(module(), options)).init(),
    },
    {
      of: 'a hybrid application',
      start: async () => {
        const app = await NestFactory.create(module(), options);
        app.connectMicroservice(onAnyPort);
        app.connectMicroservice(onAnyPort, { inheritAppConfig: true });
        await app.startAllMicroservices();
        await app.listen(0, '127.0.0.1');
        return app;
      },
    },
    {
      of: 'a microservice',
      start: async () => {
        const app = await NestFactory.createMicroservice(module(), { ...options, ...onAnyPort });
        await app.listen();
        return app;
      },
    },
    {
      of: 'a standalone application context',
      start: () => NestFactory.createApplicationContext(module(), options),
    },
    {
      of: 'a testing module',
      start: async () => {
        const { imports, providers, controllers } = module();
        const testing = Test.createTestingModule({ imports, providers, controllers });
        return (await testing.setLogger(log).compile()).init();
      },
    },
  ])('$of: begins once with it and ends with it', async ({ start }) => {
    running = await start();
    await timeline.shows('worked');
    expect(running.get(LeaderElectionService).isLeader).toBe(true);
    expect(running.get(SchedulerRegistry).getIntervals()).toEqual(['work']);
    expect(await sessions(database)).toEqual(['app']);

    await running.close();

    expect(hooks()).toEqual(['elected', 'demoted']);
    expect(await lockHolders(database)).toEqual([]);
    await eventually(async () => (await sessions(database)).length === 0);
    expect(log.errors).toEqual([]);
  });

  it('begins once with a hybrid application that Nest initialises twice', async () => {
    const [, election = module()] = module().imports;
    @LeaderOnly()
    @Injectable()
    class Hooked implements OnElected, OnDemoted {
      onElected() {
        timeline.note('elected');
      }

      onDemoted() {
        timeline.note('demoted');
      }
    }
    class App {}
    const app = await NestFactory.create(
      { module: App, imports: [election], providers: [Hooked] },
      options,
    );
    running = app;
    app.connectMicroservice(onAnyPort, { deferInitialization: true });
    await app.startAllMicroservices();
    await timeline.shows('elected');
    await app.listen(0, '127.0.0.1');

    await app.close();

    expect(hooks()).toEqual(['elected', 'demoted']);
  });

  describe('of a hybrid application that only starts its microservices', () => {
    afterEach(() => {
      jest.useRealTimers();
    });

    const notInitialised =
      'This application has a microservice and was not initialised within 10 s of its start, so its elections have ' +
      'not started; call app.listen() or app.init(): startAllMicroservices() does not initialise the application';

    const startMicroservices = async () => {
      jest.useFakeTimers({ doNotFake: [...ALL_BUT_TIMEOUTS] });
      const app = await NestFactory.create(module(), options);
      app.connectMicroservice(onAnyPort);
      await app.startAllMicroservices();
      return app;
    };

    it('does not begin, and the log says why', async () => {
      running = await startMicroservices();

      jest.advanceTimersByTime(9_999);
      expect(log.errors).toEqual([]);
      jest.advanceTimersByTime(1);

      expect(log.errors.map(({ message }) => message)).toEqual([notInitialised]);
      expect(running.get(LeaderElectionService).status().role).toBe('stopped');
    });

    it('begins when it is initialised, and the log says nothing', async () => {
      const app = await startMicroservices();
      running = app;

      await app.init();
      jest.advanceTimersByTime(10_000);

      expect(log.errors).toEqual([]);
    });

    it('leaves no timer behind when it is closed', async () => {
      const app = await startMicroservices();
      const before = jest.getTimerCount();

      await app.close();

      expect(before).toBe(1);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('does not begin with an HTTP application that is only created, which closes as well', async () => {
    running = await NestFactory.create(module(), options);
    expect(running.get(LeaderElectionService).status().role).toBe('stopped');

    await running.close();

    expect(hooks()).toEqual([]);
    expect(await sessions(database)).toEqual([]);
  });
});
