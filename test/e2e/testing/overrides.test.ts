import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, UseGuards, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import {
  getLeaderElectionToken,
  InjectLeaderElection,
  IsLeader,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderGuard,
  LeaderOnly,
  type OnElected,
} from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';
import { log } from '../../support/collected-log.js';
import { Worker } from '../../support/testing-app.js';

const election = LeaderElectionModule.forRoot({
  connection: () => Promise.reject(new Error('no test may connect')),
  elections: ['default', 'billing'],
});

@Injectable()
class Status {
  constructor(
    readonly election: LeaderElectionService,
    @InjectLeaderElection('billing') readonly billing: LeaderElectionService,
  ) {}
}

const running = new Set<TestingModule>();
afterEach(async () => {
  await Promise.all([...running].map((moduleRef) => moduleRef.close()));
  running.clear();
  log.clear();
});

async function start(builder: TestingModuleBuilder): Promise<TestingModule> {
  const moduleRef = await builder.compile();
  await moduleRef.init();
  running.add(moduleRef);
  return moduleRef;
}

const testing = (metadata: ModuleMetadata) =>
  Test.createTestingModule({ imports: [election], ...metadata }).setLogger(log);

describe('overrideModule()', () => {
  it('with the class is refused, since it would replace nothing', async () => {
    const builder = testing({ providers: [Worker] })
      .overrideModule(LeaderElectionModule)
      .useModule(LeaderElectionTestingModule.forRoot());

    await expect(start(builder)).rejects.toMatchObject({
      name: 'LeaderOnlyUsageError',
      message:
        'overrideModule(LeaderElectionModule) has no effect: modules import the dynamic module that forRoot() returns, ' +
        'not the class; import LeaderElectionTestingModule.forApp() in the test instead',
    });
  });

  it('with what forRoot() returned works', async () => {
    const moduleRef = await start(
      testing({ providers: [Worker, Status] })
        .overrideModule(election)
        .useModule(LeaderElectionTestingModule.forRoot({ elections: ['default', 'billing'] })),
    );

    await moduleRef.get(LeaderElectionTesting).elect();

    expect(moduleRef.get(Worker).leaderships).toHaveLength(1);
    expect(moduleRef.get(Status).election.isLeader).toBe(true);
  });
});

describe('overrideProvider(LeaderElectionService)', () => {
  const fake = { isLeader: true };

  it('works where the service is only injected', async () => {
    const moduleRef = await start(
      testing({ imports: [election, LeaderElectionTestingModule.forApp()], providers: [Status] })
        .overrideProvider(LeaderElectionService)
        .useValue(fake)
        .overrideProvider(getLeaderElectionToken('billing'))
        .useValue(fake),
    );

    expect(moduleRef.get(Status)).toMatchObject({ election: fake, billing: fake });
  });

  @Injectable()
  class Reports {
    @LeaderOnly()
    send() {}
  }

  @LeaderOnly()
  class Consumer implements OnElected {
    onElected() {}
  }

  @Controller()
  class Guarded {
    @Get()
    @UseGuards(LeaderGuard)
    show() {}
  }

  @Controller()
  class Asking {
    @Get()
    show(@IsLeader('billing') isLeader: boolean) {
      return isLeader;
    }
  }

  it.each([
    { name: 'Reports', metadata: { providers: [Reports] } },
    { name: 'Consumer', metadata: { providers: [Consumer] } },
    { name: 'Guarded', metadata: { controllers: [Guarded] } },
    { name: 'Asking', metadata: { controllers: [Asking] } },
  ])('is refused where something obeys the election itself: $name', async ({ name, metadata }) => {
    for (const token of [LeaderElectionService, getLeaderElectionToken('billing')]) {
      const builder = testing(metadata).overrideProvider(token).useValue(fake);

      await expect(start(builder)).rejects.toMatchObject({
        name: 'LeaderOnlyUsageError',
        message:
          `overrideProvider() replaced the service of an election, but ${name} uses the election itself, not the ` +
          'service; import LeaderElectionTestingModule.forApp() instead, and elect this instance with LeaderElectionTesting',
      });
    }
  });
});
