import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression, Interval } from '@nestjs/schedule';
import {
  currentLeadership,
  LeaderOnly,
  LeaderOnlyUsageError,
  NotLeaderError,
  type Leadership,
} from 'nestjs-leader-election';
import { LeaderElectionTesting } from 'nestjs-leader-election/testing';
import { methodOf } from '../../lib/nest/application-instances.js';
import { appsOn } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import { OnEvent } from '../support/foreign-decorators.js';
import { hostileValues } from '../support/hostile-values.js';
import { testingApp } from '../support/testing-app.js';
import { Diary, latch, timeline } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

@Injectable()
class Accounts {
  readonly closing = latch();

  constructor(private readonly diary: Diary) {}

  /** Closes the accounts. */
  @LeaderOnly()
  close(year: number, ..._months: number[]) {
    return `closed ${year}`;
  }

  @LeaderOnly()
  async closeSlowly() {
    const before = currentLeadership();
    await this.closing.opened;
    return [before, currentLeadership()];
  }

  @LeaderOnly()
  fail() {
    throw new Error('no ledger');
  }

  @LeaderOnly()
  @Cron(CronExpression.EVERY_HOUR)
  hourly() {
    this.diary.note('hourly');
    return 'done';
  }

  open() {
    return currentLeadership();
  }
}

describe('a leader-only method', () => {
  it('throws NotLeaderError on a standby, which names the election, the method and the leader', async () => {
    await (await startApp('first')).leads();
    const second = await startApp('second', { providers: [Accounts] });
    await second.knowsLeader('first');

    expect(() => second.get(Accounts).close(2024)).toThrow(
      expect.objectContaining({
        name: 'NotLeaderError',
        election: 'default',
        called: 'Accounts.close',
        leader: 'first',
        message:
          'Accounts.close() runs only on the leader of "default", and this instance does not lead; the current leader is first',
      }),
    );
  });

  it('runs on the leader with its arguments, its this and its result', async () => {
    const { get, leads } = await startApp('first', { providers: [Accounts] });
    await leads();

    expect(get(Accounts).close(2024)).toBe('closed 2024');
    expect(() => get(Accounts).fail()).toThrow('no ledger');
  });

  it('keeps its name and its length', () => {
    const close = Object.getOwnPropertyDescriptor(Accounts.prototype, 'close')
      ?.value as () => unknown;

    expect([close.name, close.length]).toEqual(['close', 1]);
  });

  it('answers by the election that it names', async () => {
    @Injectable()
    class Billing {
      @LeaderOnly('billing')
      bill() {
        return 'billed';
      }

      @LeaderOnly()
      report() {
        return 'reported';
      }
    }
    const elections = ['default', 'billing'];
    const first = await startApp('first', { options: { elections: ['billing'] } });
    await first.leads();
    const second = await startApp('second', { providers: [Billing], options: { elections } });
    await second.leads();

    expect(second.get(Billing).report()).toBe('reported');
    expect(() => second.get(Billing).bill()).toThrow('leader of "billing"');
  });

  it('says what to do when it is called on an object that Nest did not make', () => {
    const stray = new Accounts(new Diary('nobody'));

    expect(() => stray.close(2024)).toThrow(
      /Accounts\.close is leader-only, but .* import LeaderElectionModule\.forRoot\(\)/,
    );
  });
});

describe('a refusal', () => {
  const { stackTraceLimit } = Error;
  afterEach(() => {
    Object.defineProperty(Error, 'stackTraceLimit', { value: stackTraceLimit, writable: true });
  });

  @Injectable()
  class Ledger {
    @LeaderOnly()
    entries() {}
  }

  async function refusal(): Promise<NotLeaderError> {
    const { moduleRef } = await testingApp([Ledger]);
    try {
      moduleRef.get(Ledger).entries();
    } catch (error) {
      return error as NotLeaderError;
    }
    throw new Error('It was not refused');
  }

  const MESSAGE =
    'Ledger.entries() runs only on the leader of "default", and this instance does not lead; the current leader is unknown';

  it('is printed with its name, its message and its facts, and takes no time for a list of callers', async () => {
    const error = await refusal();

    expect(error.stack).toBe(`NotLeaderError: ${MESSAGE}`);
    expect(inspect(error)).toContain(`[NotLeaderError: ${MESSAGE}] {`);
    expect(inspect(error)).toContain("called: 'Ledger.entries'");
    expect(new Error('another').stack).toContain('gates.test.ts');
  });

  it('is made also where what is built in can not be changed', async () => {
    Object.defineProperty(Error, 'stackTraceLimit', { writable: false });

    expect((await refusal()).stack).toContain(MESSAGE);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });

  it('of an application that makes it itself has its callers', () => {
    expect(new NotLeaderError('default', 'A.b', undefined).stack).toContain('gates.test.ts');
  });
});

describe('a leader-only handler of a schedule', () => {
  it('does nothing when it is called on a standby', async () => {
    await (await startApp('first')).leads();
    const second = await startApp('second', { providers: [Accounts] });

    expect(second.get(Accounts).hourly()).toBeUndefined();
    expect(timeline.entries).toEqual([]);
  });

  it('runs when it is called on the leader', async () => {
    const { get, leads } = await startApp('first', { providers: [Accounts] });
    await leads();

    expect(get(Accounts).hourly()).toBe('done');
  });
});

describe('currentLeadership()', () => {
  it('is the one in which the handler was started, also after it has ended and the next has begun', async () => {
    const first = await startApp('first', {
      providers: [Accounts],
      options: { stopTimeout: 50 },
    });
    const leadership = await first.leads();
    const closing = first.get(Accounts).closeSlowly();
    await first.election.resign(); // Abandons it.
    const next = await first.leads();
    expect(next.term).toBeGreaterThan(leadership.term);

    first.get(Accounts).closing.open();
    const [before, after] = await closing;

    expect(before).toBe(leadership);
    expect(after).toBe(leadership);
    expect(after?.signal.aborted).toBe(true);
    expect(next.signal.aborted).toBe(false);
  });

  it('is undefined outside leader-only code', async () => {
    const { get, leads } = await startApp('first', { providers: [Accounts] });
    await leads();

    expect(get(Accounts).open()).toBeUndefined();
  });

  it('is there in hooks, in scheduled handlers and in runIfLeader()', async () => {
    const seen: (Leadership | undefined)[] = [];
    const ticked = latch();
    @LeaderOnly()
    @Injectable()
    class Curious {
      onElected() {
        seen.push(currentLeadership());
      }

      @Interval(5)
      tick() {
        seen.push(currentLeadership());
        ticked.open();
      }
    }
    const { election, leads } = await startApp('first', { providers: [Curious] });
    const leadership = await leads();
    await ticked.opened;
    await election.runIfLeader(() => seen.push(currentLeadership()));

    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(new Set(seen)).toEqual(new Set([leadership]));
  });
});

describe.each([...hostileValues, { what: 'a plain object', make: () => ({}) }])(
  'a leader-only method that is called on $what',
  ({ make }) => {
    @Injectable()
    class Clerk {
      told: readonly unknown[] = [];
      readonly ticked = latch();

      @LeaderOnly()
      @Interval(1)
      tick() {
        this.told = ['bill', 'onBill'].map((name) => {
          try {
            return Reflect.apply(methodOf(Clerk.prototype, name), make(), []);
          } catch (error) {
            return error;
          }
        });
        this.ticked.open();
      }

      @LeaderOnly('billing')
      bill() {
        return 'billed';
      }

      @LeaderOnly('billing')
      @OnEvent('billed')
      onBill() {
        return 'heard';
      }
    }

    it('says what to do outside an application', () => {
      const call = () => Reflect.apply(methodOf(Clerk.prototype, 'bill'), make(), []);

      expect(call).toThrow(LeaderOnlyUsageError);
    });

    it('is answered in a job as its class is, whose application it is', async () => {
      const { moduleRef } = await testingApp([Clerk], { elections: ['default', 'billing'] });
      const { ticked } = moduleRef.get(Clerk);
      await moduleRef.get(LeaderElectionTesting).elect();
      await ticked.opened;

      expect(moduleRef.get(Clerk).told).toEqual([expect.any(NotLeaderError), undefined]);
    });
  },
);
