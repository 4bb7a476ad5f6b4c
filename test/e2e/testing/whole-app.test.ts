import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  InjectLeaderElection,
  LeaderElectionModule,
  LeaderElectionService,
  type LeaderElectionModuleOptions,
} from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';
import { log } from '../../support/collected-log.js';
import { compile, Worker } from '../../support/testing-app.js';

let connected = 0;
const options: LeaderElectionModuleOptions = {
  connection: () => {
    connected += 1;
    return 'postgresql://nobody@127.0.0.1:1/nowhere';
  },
  instanceId: 'pod-1',
  elections: ['default', 'billing'],
};

@Injectable()
class Consumer {
  constructor(
    readonly election: LeaderElectionService,
    @InjectLeaderElection('billing') readonly billing: LeaderElectionService,
  ) {}
}

function appWith(module: ReturnType<typeof LeaderElectionModule.forRoot>) {
  @Module({ imports: [module], providers: [Worker, Consumer] })
  class AppModule {}
  return AppModule;
}

describe('forApp()', () => {
  it.each([
    { by: 'forRoot()', module: LeaderElectionModule.forRoot(options) },
    {
      by: 'forRootAsync()',
      module: LeaderElectionModule.forRootAsync({ useFactory: async () => options }),
    },
    {
      by: 'forRoot({ isGlobal: false })',
      module: LeaderElectionModule.forRoot({ ...options, isGlobal: false }),
    },
    {
      by: 'forRoot() without a connection',
      module: LeaderElectionModule.forRoot({ ...options, connection: undefined }),
    },
  ])('keeps an application with $by from its database, and keeps its options', async (example) => {
    const moduleRef = await compile({
      imports: [appWith(example.module), LeaderElectionTestingModule.forApp()],
    });
    await moduleRef.init();
    const testing = moduleRef.get(LeaderElectionTesting);

    await testing.elect();
    await testing.election('billing').elect();

    const { election, billing } = moduleRef.get(Consumer);
    expect(election.status()).toMatchObject({ instanceId: 'pod-1', isLeader: true });
    expect(billing.isLeader).toBe(true);
    expect(moduleRef.get(Worker).notes).toEqual(['elected 1']);
    expect(connected).toBe(0);
  });

  it('works in whatever order the modules are imported', async () => {
    const app = appWith(LeaderElectionModule.forRoot(options));
    const moduleRef = await compile({
      imports: [LeaderElectionTestingModule.forApp({ leader: true }), app],
    });
    await moduleRef.init();

    expect(moduleRef.get(Consumer).election.isLeader).toBe(true);
  });

  describe('with forRootAsync() whose factory needs a variable', () => {
    @Injectable()
    class Settings {
      getOrThrow(name: string): string {
        throw new TypeError(`Configuration key "${name}" does not exist`);
      }
    }
    const metadata = {
      imports: [
        appWith(
          LeaderElectionModule.forRootAsync({
            imports: [{ module: class {}, providers: [Settings], exports: [Settings] }],
            inject: [Settings],
            useFactory: (settings: Settings) => ({
              ...options,
              connection: settings.getOrThrow('DATABASE_URL'),
            }),
          }),
        ),
        LeaderElectionTestingModule.forApp(),
      ],
    };

    it('calls the factory, and rejects with what it throws', async () => {
      await expect(compile(metadata)).rejects.toThrow('"DATABASE_URL" does not exist');
    });

    it('does not use the connection that the factory returns', async () => {
      const moduleRef = await Test.createTestingModule(metadata)
        .setLogger(log)
        .overrideProvider(Settings)
        .useValue({ getOrThrow: () => 'unused' })
        .compile();
      await moduleRef.init();

      await moduleRef.get(LeaderElectionTesting).elect();

      expect(moduleRef.get(Consumer).election.status()).toMatchObject({
        instanceId: 'pod-1',
        isLeader: true,
      });
      await moduleRef.close();
    });
  });

  it('says what is missing where no LeaderElectionModule is', async () => {
    const moduleRef = await compile({ imports: [LeaderElectionTestingModule.forApp()] });
    await moduleRef.init();

    await expect(moduleRef.get(LeaderElectionTesting).elect()).rejects.toThrow(
      'nothing in this application imports LeaderElectionModule',
    );
  });
});

describe('forRoot()', () => {
  it('can be imported by one application after the other', async () => {
    const module = LeaderElectionTestingModule.forRoot();
    const first = await compile({ imports: [module], providers: [Worker] });
    const second = await compile({ imports: [module], providers: [Worker] });
    await Promise.all([first.init(), second.init()]);

    await first.get(LeaderElectionTesting).elect();

    expect(first.get(LeaderElectionService).isLeader).toBe(true);
    expect(second.get(LeaderElectionService).isLeader).toBe(false);
    expect((await second.get(LeaderElectionTesting).elect()).term).toBe(1n);
  });

  it('provides elections that are injected by name', async () => {
    const elections = ['default', 'billing'];
    const moduleRef = await compile({
      imports: [LeaderElectionTestingModule.forRoot({ elections })],
      providers: [Consumer],
    });

    expect(moduleRef.get(Consumer).billing.election).toBe('billing');
  });
});

describe('useMocker()', () => {
  it('does not mock the backend into an application that has none', async () => {
    const mocked: unknown[] = [];
    const moduleRef = await Test.createTestingModule({
      imports: [LeaderElectionModule.forRoot({ standalone: true })],
    })
      .setLogger(log)
      .useMocker((token) => {
        mocked.push(token);
        return {};
      })
      .compile();
    await moduleRef.init();

    await moduleRef.get(LeaderElectionService).whenLeader();

    expect(mocked).toHaveLength(1);
    await moduleRef.close();
  });
});
