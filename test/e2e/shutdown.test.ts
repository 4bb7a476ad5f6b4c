import { describe, expect, it } from '@jest/globals';
import {
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LeaderElectionService, LeaderOnly, type OnElected } from 'nestjs-leader-election';
import pg from 'pg';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { lockHolders, sessions } from '../support/sessions.js';
import { Diary, eventually, latch, timeline } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

/** A pool as applications have it: in a global module, closed by `onModuleDestroy`. */
@Injectable()
class Pool extends pg.Pool implements OnModuleDestroy {
  constructor(@Inject(Diary) private readonly diary: Diary) {
    super({ connectionString: database.url });
  }

  async onModuleDestroy() {
    await this.end();
    this.diary.note('pool closed');
  }
}

@Global()
@Module({ providers: [Pool], exports: [Pool] })
class PoolModule {}

@LeaderOnly()
@Injectable()
class Reports implements OnElected {
  readonly sent = latch();

  constructor(
    private readonly diary: Diary,
    private readonly pool: Pool,
  ) {}

  async onElected() {
    await this.pool.query('SELECT 1');
    this.diary.note('elected');
  }

  @Interval(5)
  async send() {
    this.diary.note('sending');
    await this.sent.opened;
    await this.pool.query('SELECT 1');
    this.diary.note('sent');
  }

  async onDemoted() {
    await this.pool.query('SELECT 1');
    this.diary.note('demoted');
  }
}

describe('close()', () => {
  it('drains before anything else is destroyed: a pool that handlers and hooks use is still open', async () => {
    const app = await startApp('app', { imports: [PoolModule], providers: [Reports] });
    await timeline.shows('app: sending');
    const { signal } = await app.leads();

    signal.addEventListener('abort', () => {
      app.get(Reports).sent.open();
    });
    await app.close();

    const once = [...new Set(timeline.entries)];
    expect(once.slice(-1)).toEqual(['app: pool closed']);
    expect(new Set(once)).toEqual(
      new Set(['app: elected', 'app: sending', 'app: sent', 'app: demoted', 'app: pool closed']),
    );
    expect(log.errors).toEqual([]);
  });

  it('resolves when the lock is free and the connection is closed', async () => {
    const { leads, close } = await startApp('app');
    await leads();
    await close();

    expect(await lockHolders(database)).toEqual([]);
    await eventually(async () => (await sessions(database)).length === 0);
  });

  it('works before there was a connection', async () => {
    const { election, close } = await startApp('app');
    expect(election.status()).toMatchObject({ role: 'standby', connected: false });

    await close();

    expect(election.status().role).toBe('stopped');
    expect(log.errors).toEqual([]);
  });

  it('works while connecting to a server that does not answer', async () => {
    const connecting = latch();
    const connection = () => {
      connecting.open();
      return new Promise<string>(() => undefined);
    };
    const { close } = await startApp('app', { options: { connection } });
    await connecting.opened;

    await close();
  });

  it('of a standby leaves the leader alone', async () => {
    const first = await startApp('first');
    const { signal } = await first.leads();
    const second = await startApp('second');
    await second.waitsInLine();

    await second.close();

    expect(signal.aborted).toBe(false);
    expect(await lockHolders(database)).toEqual(['first']);
  });

  it('can be called twice', async () => {
    const { leads, close } = await startApp('app');
    await leads();

    await Promise.all([close(), close()]);
    await close();
  });
});

describe('a start', () => {
  it('elects nobody before every other provider has started', async () => {
    @Injectable()
    class SlowStarter implements OnModuleInit, OnApplicationBootstrap {
      constructor(
        private readonly diary: Diary,
        private readonly election: LeaderElectionService,
      ) {}

      async onModuleInit() {
        await database.query('SELECT 1');
        this.diary.note(`initialised, ${this.election.status().role}`);
      }

      async onApplicationBootstrap() {
        await database.query('SELECT 1');
        this.diary.note(`bootstrapped, ${this.election.status().role}`);
      }
    }
    @LeaderOnly()
    @Injectable()
    class Duty implements OnElected {
      constructor(private readonly diary: Diary) {}

      onElected() {
        this.diary.note('elected');
      }
    }
    await startApp('app', { providers: [Duty, SlowStarter] });
    await timeline.shows('app: elected');

    expect(timeline.entries).toEqual([
      'app: initialised, stopped',
      'app: bootstrapped, stopped',
      'app: elected',
    ]);
  });
});

describe('two applications in one process', () => {
  it('are two instances: one leads at a time', async () => {
    const [first, second] = await Promise.all([startApp('first'), startApp('second')]);
    const leader = await Promise.race([
      first.leads().then(() => first),
      second.leads().then(() => second),
    ]);
    const other = leader === first ? second : first;
    await other.waitsInLine();
    expect(other.election.isLeader).toBe(false);

    await leader.close();

    await other.leads();
    expect(leader.election.isLeader).toBe(false);
  });

  it('may follow one another, as in a hot reload, with the same classes and the same instance id', async () => {
    const setup = { imports: [PoolModule], providers: [Reports] };
    const before = await startApp('app', setup);
    await timeline.shows('app: sending');
    const { term } = await before.leads();
    before.get(Reports).sent.open();
    await before.close();
    timeline.clear();

    const after = await startApp('app', setup);

    await timeline.shows('app: sending');
    expect((await after.leads()).term).toBeGreaterThan(term);
    after.get(Reports).sent.open();
  });
});
