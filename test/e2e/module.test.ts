import { afterAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import pg from 'pg';
import {
  getLeaderElectionToken,
  InjectLeaderElection,
  LeaderElectionModule,
  LeaderElectionService,
  type LeaderElectionModuleOptions,
  type LeaderElectionOptionsFactory,
} from 'nestjs-leader-election';
import { appsOn, boot } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import { endSession, sessions } from '../support/sessions.js';
import { eventually } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

@Injectable()
class Config implements LeaderElectionOptionsFactory {
  readonly databaseUrl = database.url;

  async createLeaderElectionOptions(): Promise<LeaderElectionModuleOptions> {
    return { connection: this.databaseUrl, instanceId: 'configured' };
  }
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

/** What an application injects. */
@Injectable()
class Consumer {
  constructor(readonly election: LeaderElectionService) {}
}

@Injectable()
class BillingConsumer {
  constructor(
    readonly election: LeaderElectionService,
    @InjectLeaderElection('billing') readonly billing: LeaderElectionService,
  ) {}

  @InjectLeaderElection('reports') readonly reports!: LeaderElectionService;
}

describe('forRoot()', () => {
  it('takes a connection string', async () => {
    const app = await boot({
      imports: [LeaderElectionModule.forRoot({ connection: database.url })],
    });

    await app.get(LeaderElectionService).whenLeader();
  });

  it('takes a pg client configuration', async () => {
    const { hostname, port, username, password } = new URL(database.url);
    const connection = {
      host: hostname,
      port: Number(port),
      user: username,
      password,
      database: database.name,
    };
    const app = await boot({ imports: [LeaderElectionModule.forRoot({ connection })] });

    await app.get(LeaderElectionService).whenLeader();
  });

  it('takes a function that gives the connection, and asks it at every connect', async () => {
    const given: string[] = [];
    const connection = async () => {
      given.push(database.url);
      return database.url;
    };
    const { events } = await startApp('rotating', { options: { connection } });
    await eventually(() => events.some(({ type }) => type === 'elected'));
    expect(given).toHaveLength(1);

    await endSession(database, 'rotating');
    await eventually(() => events.filter(({ type }) => type === 'elected').length === 2);

    expect(given).toHaveLength(2);
  });
});

describe('forRootAsync()', () => {
  it.each([
    {
      by: 'useFactory, with imports and inject',
      module: LeaderElectionModule.forRootAsync({
        imports: [ConfigModule],
        inject: [Config],
        useFactory: async ({ databaseUrl }: Config) => ({
          connection: databaseUrl,
          instanceId: 'configured',
        }),
      }),
    },
    { by: 'useClass', module: LeaderElectionModule.forRootAsync({ useClass: Config }) },
    {
      by: 'useExisting',
      module: LeaderElectionModule.forRootAsync({ imports: [ConfigModule], useExisting: Config }),
    },
  ])('takes its options from $by', async ({ module }) => {
    const app = await boot({ imports: [module], providers: [Consumer] });
    const { election } = app.get(Consumer);
    await election.whenLeader();

    expect(election.status()).toMatchObject({ instanceId: 'configured', role: 'leader' });
  });

  it('refuses wrong options as well', async () => {
    const module = LeaderElectionModule.forRootAsync({ useFactory: () => ({ connection: '' }) });

    await expect(boot({ imports: [module] })).rejects.toThrow(/^Option `connection` must be/);
  });
});

describe('isGlobal', () => {
  @Module({ providers: [Consumer] })
  class FeatureModule {}
  const options = { connection: database.url };

  it('is true by default: every module can inject the election', async () => {
    const app = await boot({ imports: [LeaderElectionModule.forRoot(options), FeatureModule] });

    expect(app.get(Consumer).election).toBeInstanceOf(LeaderElectionService);
  });

  it.each([
    LeaderElectionModule.forRoot({ ...options, isGlobal: false }),
    LeaderElectionModule.forRootAsync({ isGlobal: false, useFactory: () => options }),
  ])('false leaves it to the modules that import it', async (module) => {
    await expect(boot({ imports: [module, FeatureModule] })).rejects.toThrow(
      /can't resolve dependencies of the Consumer/,
    );

    const app = await boot({ imports: [module], providers: [Consumer] });
    await app.get(Consumer).election.whenLeader();
  });
});

describe('elections', () => {
  it('are injected by name, each with a leadership of its own, all on one connection', async () => {
    const options = { elections: ['billing', 'reports', 'default'] };
    const app = await startApp('thrice', { options, providers: [BillingConsumer] });
    const { election, billing, reports } = app.get(BillingConsumer);
    await Promise.all([election, billing, reports].map((each) => each.whenLeader()));

    expect([election, billing, reports].map((each) => each.election)).toEqual([
      'default',
      'billing',
      'reports',
    ]);
    await billing.resign();
    expect([election, billing, reports].map(({ isLeader }) => isLeader)).toEqual([
      true,
      false,
      true,
    ]);
    expect((await sessions(database)).filter((instance) => instance === 'thrice')).toHaveLength(1);
  });

  it('have a default: the one of that name, or else the first', async () => {
    const first = await startApp('first', { options: { elections: ['reports', 'default'] } });
    const second = await startApp('second', { options: { elections: ['reports', 'billing'] } });

    expect(first.election.election).toBe('default');
    expect(second.election.election).toBe('reports');
  });

  it('can be led by different instances', async () => {
    const options = { elections: ['billing', 'reports'] };
    const first = await startApp('first', { options, providers: [] });
    await first.leads();
    const second = await startApp('second', {
      options: { elections: ['reports', { name: 'billing', candidate: false }] },
      providers: [],
    });
    await second.waitsInLine();
    const billing = second.get<LeaderElectionService>(getLeaderElectionToken('billing'));

    expect(billing.status().role).toBe('observer');
    expect(second.election.status().role).toBe('heir');
  });
});

describe('lockKey', () => {
  const elsewhere = new pg.Client(database.url);
  afterAll(() => elsewhere.end());

  it('contends with whoever takes that advisory lock, in whatever language', async () => {
    await elsewhere.connect();
    await elsewhere.query('SELECT pg_advisory_lock(-42)');
    const options = { elections: [{ name: 'shared', lockKey: -42n }] };
    const { election, waitsInLine, leads } = await startApp('app', { options });
    await waitsInLine();
    expect(election.isLeader).toBe(false);

    await elsewhere.query('SELECT pg_advisory_unlock(-42)');

    await leads();
  });
});

describe('standalone: true', () => {
  it('needs no database, and this instance always leads', async () => {
    const standalone = LeaderElectionModule.forRoot({ standalone: true, instanceId: 'alone' });
    const app = await boot({ imports: [standalone], providers: [Consumer] });
    const { election } = app.get(Consumer);

    const { term } = await election.whenLeader();
    expect(election.status()).toMatchObject({ role: 'leader', leader: { instanceId: 'alone' } });

    await election.resign();
    expect((await election.whenLeader()).term).toBeGreaterThan(term);
    await app.close();
    expect(election.status().role).toBe('stopped');
  });
});
